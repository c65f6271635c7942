import { likeliest } from "./likeliest.ts";

/** A probability in percent, as the page writes it. */
export function percent(probability: number): string {
  return `${(100 * probability).toFixed(1)} %`;
}

/** What the defended classifier says, class by class. */
export function Probabilities(
  { probabilities, label, classes }: {
    probabilities: readonly number[];
    label: number;
    classes: readonly string[];
  },
) {
  const read = likeliest(probabilities);
  return (
    <table class="probabilities">
      <caption>The classifier reads</caption>
      <thead class="unseen">
        <tr>
          <th scope="col">Class</th>
          <th scope="col">Probability</th>
        </tr>
      </thead>
      <tbody>
        {probabilities.map((probability, i) => (
          <tr key={i} class={i === label ? "true" : i === read ? "wrong" : ""}>
            <th scope="row">
              {classes[i]}
              {i === label && <span class="unseen">(true class)</span>}
            </th>
            <td>
              <span class="bar" style={{ width: `${100 * probability}%` }} />
              <span class="number">{percent(probability)}</span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
