export * from "./columns.ts";
export * from "./layer.ts";
export * from "./margins.ts";
export * from "./reason.ts";
export * from "./weightwatcher.ts";
