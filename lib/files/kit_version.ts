/** The kit's version, as `deno.json` has it. A test compares the two. */
export const KIT_VERSION = "0.1.0";
