import type { EmscriptenModule, WasmImports } from "./emscripten.ts";

/** The version whose imports this seal knows. */
export const PYODIDE_VERSION = "314.0.7";

// Of the names of all that it imports, sorted, one a line. Each of them was looked at: another version of
// pyodide needs that again, and then another digest.
const KNOWN_IMPORTS = "0e8342e475e708cd46a47c9a98406ff4e0bae5c0b909b36dd985d44a0de6565c";

/**
 * What the interpreter may still call of the host program once it is sealed: libc, files, clock and heap. Everything
 * else that WebAssembly imports, today or in the next version, is refused.
 */
const ALLOWED: ReadonlySet<string> = new Set(
  `__syscall_ioctl __syscall_fcntl64 __syscall_openat _tzset_js __syscall_faccessat __syscall_chdir __syscall_chmod
  __syscall_fchownat __syscall_dup __syscall_dup3 _munmap_js _msync_js _mmap_js emscripten_date_now __syscall_fchdir
  __syscall_fchmod __syscall_fchmodat2 __syscall_fchown32 __syscall_fdatasync __syscall_fstat64 __syscall_stat64
  __syscall_newfstatat __syscall_lstat64 __syscall_ftruncate64 __syscall_getcwd __syscall_getdents64
  emscripten_get_now __syscall_mkdirat _timegm_js _mktime_js _localtime_js _gmtime_js __syscall_poll
  __syscall_fadvise64 __syscall_fallocate _emscripten_get_progname __call_sighandler __syscall_readlinkat
  __syscall_unlinkat __syscall_rmdir __syscall_renameat __syscall_statfs64 __syscall_fstatfs64 __syscall_symlinkat
  emscripten_get_heap_max __syscall_truncate64 __syscall_utimensat emscripten_resize_heap
  emscripten_runtime_keepalive_push emscripten_runtime_keepalive_pop _emscripten_runtime_keepalive_clear
  _try_fcntl64 environ_sizes_get environ_get fd_close fd_read fd_write clock_res_get clock_time_get fd_sync random_get
  fd_fdstat_get fd_seek fd_pread fd_pwrite proc_exit exit _abort_js __assert_fail _Py_emscripten_runtime
  _Py_CheckEmscriptenSignals_Helper _PyEM_TrampolineCall_JS saveState restoreState get_suspender set_suspender
  can_run_sync_js destroy_proxies_js throw_no_gil ffi_call_js ffi_prep_closure_loc_js ffi_closure_alloc_js
  ffi_closure_free_js capture_stderr restore_stderr __syscall_getuid32_js __syscall_umask_js`.split(/\s+/),
);

// Linux numbers of WASI: what a call answers that the guest may try without being ended for it.
const ENOSYS = -52;

/** Answers of calls that fail instead of ending the guest: honest code makes them too. */
const REFUSED: Readonly<Record<string, number | undefined>> = {
  _emscripten_system: ENOSYS,
  __syscall_pipe: ENOSYS,
  __syscall_mknodat: ENOSYS,
  _dlsym_js: 0,
  _dlopen_js: 0,
  _emscripten_dlopen_js: 0,
  getaddrinfo: -4,
  getnameinfo: -4,
  getprotobyname: 0,
  _emscripten_lookup_name: 0,
  _setitimer_js: -28,
  emscripten_asm_const_int: 0,
  _emscripten_log_formatted: undefined,
  gc_register_proxies: undefined,
  destroy_proxy: undefined,
  destroy_proxies: undefined,
  __hiwire_deduplicate_delete: undefined,
};

const SOCKET_CALL =
  /^__syscall_(?:accept4|bind|connect|getpeername|getsockname|getsockopt|listen|recv|send|socket)/;

/** A function that WebAssembly imports. */
export type Import = (...args: number[]) => unknown;

/** Makes the guest's own version of an import out of the original. */
export type Replacement = (original: Import) => Import;

/** What stands between the interpreter and the program that it runs in. */
export class Seal {
  readonly #replaced: Readonly<Record<string, Replacement>>;
  #closed = false;
  /** The call for which the guest was ended. */
  broken: string | undefined;

  /** @param replaced Imports that the guest gets another version of, sealed or not. */
  constructor(replaced: Readonly<Record<string, Replacement>>) {
    this.#replaced = replaced;
  }

  /** From here on only what is allowed can be called. */
  close(): void {
    this.#closed = true;
  }

  /**
   * Puts the gate into a module that is about to be instantiated: every function that it imports passes here, also
   * those that it later reaches by its function table. A module that imports what is not known is not instantiated.
   *
   * @returns Fails for such a module; does nothing otherwise.
   */
  guard(module: EmscriptenModule): Promise<never> {
    const { promise, reject } = Promise.withResolvers<never>();
    const instantiate = module.instantiateWasm;
    module.instantiateWasm = (imports, receive) => {
      const instantiateSealed = async (): Promise<void> => {
        await checkImports(imports);
        for (const [name, original] of Object.entries(imports.env))
          imports.env[name] = this.#gate(name, original);
        instantiate(imports, receive);
      };
      instantiateSealed().catch(reject);
      return {};
    };
    return promise;
  }

  #gate(name: string, original: unknown): unknown {
    if (isSuspending(original)) return () => ENOSYS;
    if (!isImport(original)) return original;
    const replace = this.#replaced[name];
    if (replace !== undefined) return Object.assign(replace(original), original);
    if (ALLOWED.has(name)) return original;
    const gate: Import = (...args) => (this.#closed ? this.#refuse(name) : original(...args));
    // Emscripten keeps the signature beside the function.
    return Object.assign(gate, original);
  }

  #refuse(name: string): unknown {
    if (SOCKET_CALL.test(name)) return ENOSYS;
    if (name in REFUSED) return REFUSED[name];
    this.broken = name;
    throw new Error(`the sealed interpreter called ${name}`);
  }
}

/** @throws Error for what this seal was not made for. */
async function checkImports({ env, wasi_snapshot_preview1: wasi, ...rest }: WasmImports): Promise<void> {
  const names = new TextEncoder().encode(Object.keys(env).toSorted().join("\n"));
  const digest = hexOf(await crypto.subtle.digest("SHA-256", names));
  // Those two tell where data and functions are, and have none of their own.
  const others = Object.keys(rest).filter((name) => name !== "GOT.mem" && name !== "GOT.func");
  if (digest === KNOWN_IMPORTS && wasi === env && others.length === 0) return;
  throw new Error(
    `the interpreter imports functions that its seal does not know: install pyodide ${PYODIDE_VERSION}`,
  );
}

function hexOf(bytes: ArrayBuffer): string {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function isImport(value: unknown): value is Import {
  return typeof value === "function";
}

/** An import that would suspend the interpreter while JavaScript runs. */
function isSuspending(value: unknown): boolean {
  return Object.prototype.toString.call(value) === "[object WebAssembly.Suspending]";
}
