/** Why a command was ended from outside: by a signal, or because nobody takes its output. It is no failure of its own. */
export class Ended extends Error {
  override readonly name = "Ended";
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** What a command that was ended answers. */
export function endedCode({ reason }: AbortSignal): number {
  return reason instanceof Ended ? reason.exitCode : 1;
}
