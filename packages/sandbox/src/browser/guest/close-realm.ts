// What a sealed interpreter and the language itself need; an interpreter calls what it has been given, not what has a name.
const NEEDED: ReadonlySet<string> = new Set(
  `globalThis self undefined NaN Infinity Object Function Array Number BigInt String Boolean Symbol Date Math JSON RegExp
  Promise Proxy Reflect Map Set WeakMap WeakSet WeakRef FinalizationRegistry Error AggregateError EvalError RangeError
  ReferenceError SyntaxError TypeError URIError SuppressedError ArrayBuffer SharedArrayBuffer Atomics DataView Int8Array
  Uint8Array Uint8ClampedArray Int16Array Uint16Array Int32Array Uint32Array BigInt64Array BigUint64Array Float16Array
  Float32Array Float64Array Iterator Intl WebAssembly parseInt parseFloat isNaN isFinite decodeURI decodeURIComponent
  encodeURI encodeURIComponent DOMException TextEncoder TextDecoder performance Performance crypto Crypto atob btoa
  console setTimeout clearTimeout queueMicrotask constructor`.split(/\s+/),
);

/**
 * Takes away what a worker could reach of its site and of the network: a second wall, for what might get through the
 * seal. Its last resort, `import()`, is left to the site's Content-Security-Policy.
 */
export function closeRealm(realm: object = globalThis): void {
  for (
    let one: object | null = realm;
    one !== null && one !== Object.prototype;
    one = Object.getPrototypeOf(one)
  )
    for (const name of Reflect.ownKeys(one))
      if (typeof name === "string" && !NEEDED.has(name)) Reflect.deleteProperty(one, name);
}
