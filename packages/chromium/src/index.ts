export { bundle, type BundleOptions } from "./bundle.ts";
export { callerOf, openWithCalls, type Caller } from "./calls.ts";
export { INSECURE_HOST, launch, launchProfile, launchServer, type Server } from "./chromium.ts";
export { serveSite, type Site, type SiteOptions } from "./site.ts";
