// Provisional: replaced when the other loaders are there.
import type { Dataset } from "./dataset.ts";
import { streetDigits } from "./street_digits.ts";
const missing = () => Promise.reject(new Error("not yet"));
export const datasets: Readonly<Record<"street-digits" | "fashion-mnist" | "cifar10" | "svhn", (split: "train" | "test") => Promise<Dataset>>> = { "street-digits": streetDigits, "fashion-mnist": missing, "cifar10": missing, "svhn": missing };
