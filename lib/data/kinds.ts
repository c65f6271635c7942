/**
 * The data sets of the kit, a line each.
 *
 * @module
 */
export { streetDigits } from "./street_digits.ts";
export { fashionMnist } from "./fashion_mnist.ts";
export { cifar10 } from "./cifar10.ts";
export { svhn } from "./svhn.ts";
