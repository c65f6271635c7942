import { assertEquals, assertLess, assertThrows } from "@std/assert";
import { backendName, compile, tf, useBackend } from "@gcln/kit/tensor";

await useBackend();

/** The recorder is the native backend's. */
const ignore = backendName() !== "tensorflow";

const x = tf.tensor2d([[1, 2], [3, 4]]);

/** Types, shapes and numbers of what a function gives and of what its graph gives are the same, to the bit. */
function check(fn: (...inputs: tf.Tensor[]) => tf.Tensor[], ...inputs: tf.Tensor[]): void {
  const compiled = compile(fn, inputs),
    seen = (tensors: tf.Tensor[]) =>
      tensors.map((tensor) => [tensor.dtype, tensor.shape, [...tensor.dataSync()]]);
  assertEquals(seen(compiled(...inputs)), seen(fn(...inputs)));
  compiled.dispose();
}

Deno.test("A recorded constant keeps its bits: NaN, infinity, zeros of both signs", { ignore }, () => {
  const special = tf.tensor1d([NaN, Infinity, -Infinity, -0, 0, 1e-38]);
  const compiled = compile((x) => [special, tf.div(1, special), x!], [x]);
  const [same, turned] = compiled(x).map((tensor) => [...tensor.dataSync()]);
  for (const [i, value] of [NaN, Infinity, -Infinity, -0, 0].entries()) {
    assertEquals([Object.is(same![i], value), Object.is(turned![i], 1 / value)], [true, true], `${value}`);
  }
  compiled.dispose();
});

Deno.test("Constants may share their memory, and be used in several shapes", { ignore }, () => {
  const w = tf.tensor1d([1, 2, 3, 4]), square = w.reshape([2, 2]);
  check((x) => [square.add(x!), w.reshape([4, 1]).sum(1), w.clone(), w, w], x);
  check(() => [w.add(1), w.slice(1, 2)]); // without an input
});

Deno.test("A constant may be what the graph was recorded with", { ignore }, () => {
  const compiled = compile(() => [x.add(1)], []);
  assertEquals([...compiled()[0]!.dataSync()], [2, 3, 4, 5]);
  compiled.dispose();
  check((y) => [y!.add(1), y!.add(y!)], x);
});

Deno.test("Types are recorded: booleans, whole and complex numbers", { ignore }, () => {
  const mask = tf.tensor2d([[1, 0], [1, 1]], [2, 2], "bool"), whole = tf.tensor1d([7, -3], "int32");
  const complex = tf.complex([1, 2], [3, 4]);
  check(
    (x) => [tf.logicalAnd(x!.greater(1), mask), x!.cast("int32").mul(whole), x!.greater(2).cast("float32")],
    x,
  );
  check((x) => [tf.real(tf.fft(complex)).add(x!), tf.imag(tf.rfft(x!))], x);
  check((z) => [tf.imag(z!), tf.real(tf.fft(z!))], complex);
});

Deno.test("Ops with several outputs, of which some are used, and with lists among their attributes", {
  ignore,
}, () => {
  check((x) => [tf.topk(x!, 1).indices, tf.split(x!, 2, 1)[1]!, tf.unstack(x!, 1)[1]!], x);
  check(
    (
      x,
    ) => [
      tf.spaceToBatchND(x!.reshape([1, 2, 2, 1]), [2, 2], [[0, 0], [0, 0]]),
      tf.einsum("ij,jk->ki", x!, x!),
    ],
    x,
  );
});

Deno.test("A function of strings is refused", { ignore }, () => {
  const words = tf.tensor1d(["a", "b"]);
  const refused = "Cannot compile a function of strings: a tensor of numbers is wanted";
  assertThrows(() => compile((x) => [x!, words], [x]), TypeError, refused);
  assertThrows(() => compile((words) => [words!.clone()], [words]), TypeError, refused);
});

Deno.test("While a function is recorded, what it has freed takes no memory", { ignore }, () => {
  interface Addon {
    executeOp(op: string, attributes: unknown[], inputs: number[], outputs: number): { id: number }[];
    deleteTensor(id: number): void;
  }
  const backend = tf.backend() as unknown as { binding: Addon }, { binding } = backend;
  const alive = new Set<number>();
  let most = 0;
  backend.binding = Object.create(binding, {
    executeOp: {
      value: (...given: Parameters<Addon["executeOp"]>) => {
        const made = binding.executeOp(...given);
        for (const { id } of made) alive.add(id);
        most = Math.max(most, alive.size);
        return made;
      },
    },
    deleteTensor: {
      value(id: number) {
        alive.delete(id);
        binding.deleteTensor(id);
      },
    },
  });
  try {
    compile((x) => {
      let y = x!.add(0);
      for (let i = 0; i < 50; i++) {
        const half = y.mul(0.5);
        y.dispose();
        y = half;
      }
      return [y];
    }, [x]).dispose();
  } finally {
    backend.binding = binding;
  }
  assertLess(most, 10); // of 51
});
