import type { Capabilities } from "@vfs/core";
import type { Case } from "./case.ts";
import { across } from "./cases/across.ts";
import { appends } from "./cases/append-file.ts";
import { histories } from "./cases/changes.ts";
import { copiesOfMany } from "./cases/copy-many.ts";
import { copies } from "./cases/copy.ts";
import { directories } from "./cases/directories.ts";
import { directoryTimes } from "./cases/directory-times.ts";
import { greps } from "./cases/grep.ts";
import { handlesAmongOthers } from "./cases/handles-among-others.ts";
import { handlesContent } from "./cases/handles-content.ts";
import { handlesLarge } from "./cases/handles-large.ts";
import { handles } from "./cases/handles.ts";
import { honesty } from "./cases/honesty.ts";
import { layers } from "./cases/layers.ts";
import { layersMoves } from "./cases/layers-moves.ts";
import { kept } from "./cases/kept.ts";
import { identityChanges } from "./cases/identity-changes.ts";
import { identities } from "./cases/identity.ts";
import { kernel } from "./cases/kernel.ts";
import { hardLinks } from "./cases/link.ts";
import { lists } from "./cases/list.ts";
import { metadata } from "./cases/metadata.ts";
import { mounts } from "./cases/mounts.ts";
import { names } from "./cases/names.ts";
import { reads } from "./cases/read-file.ts";
import { renames } from "./cases/rename.ts";
import { searchEquality } from "./cases/search-equality.ts";
import { room } from "./cases/room.ts";
import { searches } from "./cases/search.ts";
import { snapshots } from "./cases/snapshots.ts";
import { snapshotsInUse } from "./cases/snapshots-in-use.ts";
import { snapshotsOffered } from "./cases/snapshots-offered.ts";
import { snapshotsRead } from "./cases/snapshots-read.ts";
import { streams } from "./cases/streams.ts";
import { symbolicLinks } from "./cases/symlink.ts";
import { twice } from "./cases/twice.ts";
import { versions } from "./cases/versions.ts";
import { watchesInPart } from "./cases/watch-in-part.ts";
import { watches } from "./cases/watch.ts";
import { views } from "./cases/views.ts";
import { wholeSearches } from "./cases/whole-searches.ts";
import { wholeTrees } from "./cases/whole-trees.ts";
import { writes } from "./cases/write-file.ts";

/** Everything that a store must do. */
export const CASES: readonly Case[] = [
  ...honesty,
  ...names,
  ...reads,
  ...writes,
  ...versions,
  ...appends,
  ...directories,
  ...directoryTimes,
  ...lists,
  ...renames,
  ...metadata,
  ...room,
  ...kept,
  ...symbolicLinks,
  ...hardLinks,
  ...handles,
  ...handlesAmongOthers,
  ...handlesContent,
  ...handlesLarge,
  ...streams,
  ...copies,
  ...copiesOfMany,
  ...mounts,
  ...views,
  ...identities,
  ...identityChanges,
  ...twice,
  ...across,
  ...layers,
  ...layersMoves,
  ...searches,
  ...greps,
  ...searchEquality,
  ...wholeSearches,
  ...wholeTrees,
  ...watches,
  ...watchesInPart,
  ...histories,
  ...snapshots,
  ...snapshotsRead,
  ...snapshotsInUse,
  ...snapshotsOffered,
  ...kernel,
];

/** The cases for a store with these abilities. */
export function casesFor(caps: Capabilities): Case[] {
  return CASES.filter(({ needs }) => needs?.(caps) ?? true);
}

/** The names of the cases that these abilities leave out. */
export function skippedFor(caps: Capabilities): string[] {
  return CASES.filter(({ needs }) => needs !== undefined && !needs(caps)).map(({ name }) => name);
}
