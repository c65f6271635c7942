import { readMetadata } from "@gcln/kit/networks";
for (const f of Deno.args) { const { record } = readMetadata(Deno.readFileSync(f)) as any; const r = JSON.parse(record); console.log(f.split("/").at(-1), JSON.stringify(r.spec), JSON.stringify(r.history.at(-1))); }
