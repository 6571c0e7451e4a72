/** The code with which something fails, or what it gives. */
export async function codeOf(action: () => unknown): Promise<unknown> {
  try {
    return await action();
  } catch (reason) {
    return (reason as { code?: unknown }).code ?? (reason as Error).name;
  }
}
