import { classifierSpec, gclnSpec, idOf, profiles } from "@gcln/kit";
const p = profiles.quick, d = "street-digits" as const;
const home = Deno.env.get("XDG_CACHE_HOME")!;
for (const s of [classifierSpec(p, d, 1), gclnSpec(p, d, { q: 5, features: "classifier" }, 1), gclnSpec(p, d, { q: 10, features: "classifier" }, 1), gclnSpec(p, d, { q: 10, features: "vgg" }, 1)]) {
  const id = await idOf(s); let ok = true; try { Deno.statSync(`${home}/gcln/trained/${id}.safetensors`); } catch { try { Deno.statSync(`fixtures/trained/${id}.safetensors`); } catch { ok = false; } }
  console.log(id, ok);
}
