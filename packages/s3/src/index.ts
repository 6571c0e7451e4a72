export { s3, type S3Options } from "./s3.ts";
