import {
  Call,
  isPromiseLike,
  isWithin,
  ROOT,
  run,
  wait,
  type Awaitable,
  type Context,
  type Flow,
  type LayerSite,
  type Next,
  type Reached,
  type Stat,
  type Usage,
  type VPath,
} from "@vfs/core";
import { survey, type Ground } from "./survey.ts";

const OWN: Context = {
  sync: false,
  signal: undefined,
  actor: undefined,
  root: ROOT,
  identity: undefined,
  readOnly: false,
  umask: 0,
  resolved: false,
};
const OWN_SYNC: Context = { ...OWN, sync: true };

/** What the quota asks for itself is asked with everybody's rights. */
export function ownContext(sync: boolean): Context {
  return sync ? OWN_SYNC : OWN;
}

// Core gives directories that only mounts call for such numbers.
const IMPLIED_INO = 2 ** 48;

const NO_WAYS: readonly VPath[] = Object.freeze([]);

/** How much there is, or would be more. */
export interface Amount {
  readonly bytes: number;
  readonly files: number;
}

let lastId = 0;

/** One store below a quota, wherever it is mounted. */
export class Place {
  readonly id: number = ++lastId;
  readonly store: object;
  caps: Reached["caps"];
  /** Where it is asked: one of its mounts. */
  path: VPath;
  /** By the last answer of the store, or as counted since it was measured. */
  bytes = 0;
  files = 0;
  /** Of a place that is counted: whether what is counted is known to be so. */
  measured = false;
  /** Bytes of files that have no name any more and are open. */
  orphanBytes = 0;
  measuring: Promise<void> | undefined;
  usageCall: Call<"usage">;
  usageCallSync: Call<"usage">;

  constructor({ path, caps, store }: Reached) {
    this.store = store;
    this.caps = caps;
    this.path = path;
    this.usageCall = new Call("usage", path, undefined, {}, OWN);
    this.usageCallSync = new Call("usage", path, undefined, {}, OWN_SYNC);
  }

  /** Whether the store tells how full it is. What core keeps for it in open files it does not know. */
  get told(): boolean {
    return this.caps.usage && this.caps.open;
  }

  /** Whether core keeps others away while a stream is written: nothing may then be waited for within. */
  get locksStreams(): boolean {
    const { ifMatch, open, append, truncate, ifNoneMatch, rename, copy, writeStream } = this.caps;
    const oneStep = open && append && truncate && ifNoneMatch && rename === "tree" && copy !== "none";
    return writeStream && !ifMatch && !oneStep;
  }

  /** It is mounted elsewhere, or something is mounted in it by now. */
  moved({ path, caps }: Reached): void {
    this.caps = caps;
    this.measured = false;
    if (this.path === path) return;
    this.path = path;
    this.usageCall = new Call("usage", path, undefined, {}, OWN);
    this.usageCallSync = new Call("usage", path, undefined, {}, OWN_SYNC);
  }
}

/** The stores that a quota is over, and how full they are. */
export class Places {
  readonly #site: LayerSite;
  #places: readonly Place[] = [];
  /** Longest path first. */
  #mounts: readonly { readonly path: VPath; readonly place: Place }[] = [];
  #stale = true;
  /** The only one, when it tells how full it is. */
  single: Place | undefined = undefined;

  constructor(site: LayerSite) {
    this.#site = site;
  }

  get next(): Next {
    return this.#site.next;
  }

  get all(): readonly Place[] {
    if (this.#stale) this.#look();
    return this.#places;
  }

  /** Whether some stores tell how full they are and others do not. */
  get mixed(): boolean {
    return this.all.some(({ told }) => told) && this.all.some(({ told }) => !told);
  }

  /** Whether nothing has to be measured first, which is done while nobody changes anything. */
  get ready(): boolean {
    return this.all.every((place) => place.told || place.measured);
  }

  /** Something was mounted or unmounted. */
  changed(): void {
    this.#stale = true;
    this.single = undefined;
  }

  /** The store that a path is in. */
  at(path: VPath): Place {
    return this.#mountOf(path).place;
  }

  /** A path as its store knows it, with the store: what tells it from every other. */
  keyOf(path: VPath): string {
    const mount = this.#mountOf(path);
    return `${mount.place.id}:${mount.path === ROOT ? path : path.slice(mount.path.length)}`;
  }

  /** The directories above a path that lead to mounts: those that the store has not yet are made with what is put there. */
  waysAbove(path: VPath): readonly VPath[] {
    const { path: top } = this.#mountOf(path);
    if (this.#mounts.length === 1) return NO_WAYS;
    const leads = (above: VPath): boolean =>
      this.#mounts.some((mount) => mount.path !== above && isWithin(mount.path, above));
    return ancestors(path, top).filter(leads);
  }

  /** Whether a directory is there only because something is mounted below it. */
  isImplied({ ino = 0 }: Stat): boolean {
    return ino >= IMPLIED_INO;
  }

  /**
   * Reads how full all of it is. A place that does not tell is measured the first time.
   *
   * @returns A promise only where a store has to be waited for.
   */
  read(sync: boolean): Awaitable<Amount> {
    const place = this.single;
    if (place === undefined || this.#stale) return run(this.#readAll(sync));
    const usage = this.next(sync ? place.usageCallSync : place.usageCall);
    if (!isPromiseLike(usage)) return usage;
    return usage.then((answer) => {
      this.#note(place, answer);
      return answer;
    });
  }

  /** Takes up what a store has told somebody else. */
  heard(path: VPath, usage: Usage): void {
    const place = this.at(path);
    if (place.told) this.#note(place, usage);
  }

  /** As {@link read}, as far as that is known or told at once. Undefined where something must be measured first. */
  get known(): Amount | undefined {
    let bytes = 0;
    let files = 0;
    for (const place of this.all) {
      if (place.told && place.caps.sync) this.#note(place, this.next(place.usageCallSync) as Usage);
      if (!place.measured) return undefined;
      bytes += place.bytes;
      files += place.files;
    }
    return { bytes, files };
  }

  ground({ caps: { listStat } }: Place, sync: boolean): Ground {
    return {
      next: this.next,
      ctx: ownContext(sync),
      listStat,
      foreign: (path, stat) => {
        if (this.#mounts.length === 1) return undefined;
        if (this.#mounts.some((mount) => mount.path === path)) return "foreign";
        return stat !== undefined && stat.type === "directory" && this.isImplied(stat)
          ? "implied"
          : undefined;
      },
    };
  }

  *#readAll(sync: boolean): Flow<Amount> {
    const told = { bytes: 0, files: 0 };
    for (const place of this.all) {
      if (place.told) {
        const usage = yield* wait(this.next(sync ? place.usageCallSync : place.usageCall));
        this.#note(place, usage);
        told.bytes += usage.bytes;
        told.files += usage.files;
      } else {
        // Whoever measured it meanwhile may have found out that it must be done again.
        while (!place.measured) yield* wait(this.#measure(place, sync));
      }
    }
    // What is counted is taken last: it is of now.
    for (const { told: tells, bytes, files } of this.all)
      if (!tells) {
        told.bytes += bytes;
        told.files += files;
      }
    return told;
  }

  #note(place: Place, { bytes, files }: Amount): void {
    place.bytes = bytes;
    place.files = files;
    place.measured = true;
  }

  /** Once, for all who wait for it. */
  #measure(place: Place, sync: boolean): Awaitable<void> {
    if (place.measuring !== undefined && !sync) return place.measuring;
    const done = run(this.#walk(place, sync));
    if (!isPromiseLike(done)) return undefined;
    const measuring = Promise.resolve(done).finally(() => {
      if (place.measuring === measuring) place.measuring = undefined;
    });
    place.measuring = measuring;
    return measuring;
  }

  *#walk(place: Place, sync: boolean): Flow<void> {
    const { bytes, files } = yield* survey(this.ground(place, sync), place.path);
    // A caller who could not wait has measured it meanwhile, and others have gone on from there.
    if (place.measured) return;
    place.bytes = bytes + place.orphanBytes;
    place.files = files;
    place.measured = true;
  }

  #mountOf(path: VPath): { readonly path: VPath; readonly place: Place } {
    if (this.#stale) this.#look();
    const mounts = this.#mounts;
    const found = mounts.length === 1 ? mounts[0] : mounts.find((mount) => isWithin(path, mount.path));
    if (found === undefined) throw new Error("a quota stands before nothing: its Vfs is closed");
    return found;
  }

  #look(): void {
    const known = new Map(this.#places.map((place) => [place.store, place]));
    const places = new Map<object, Place>();
    const mounts: { readonly path: VPath; readonly place: Place }[] = [];
    for (const reached of this.#site.mounts()) {
      let place = places.get(reached.store);
      if (place === undefined) {
        place = known.get(reached.store) ?? new Place(reached);
        place.moved(reached);
        places.set(reached.store, place);
      }
      mounts.push({ path: reached.path, place });
    }
    this.#mounts = mounts.sort((a, b) => b.path.length - a.path.length);
    this.#places = [...places.values()];
    this.#stale = false;
    const [only] = this.#places;
    this.single = this.#mounts.length === 1 && only?.told === true ? only : undefined;
  }
}

function ancestors(path: VPath, top: VPath): VPath[] {
  const above: VPath[] = [];
  for (let at = path.lastIndexOf("/"); at > 0 && at > top.length; at = path.lastIndexOf("/", at - 1))
    above.push(path.slice(0, at) as VPath);
  return above;
}
