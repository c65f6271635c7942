import { useEffect, useRef, useState } from "preact/hooks";
import type { Moment, Who } from "./messages.ts";

const HEIGHT = 190, LEFT = 46, RIGHT = 12, TOP = 12, BOTTOM = 34;

/** The probability of the true class after each step, a line for each attacker; the step that is shown is marked. */
export function Chart(
  { moments, label, steps, step, choose }: {
    moments: ReadonlyMap<Who, readonly Moment[]>;
    label: number;
    steps: number;
    step: number;
    choose: (step: number) => void;
  },
) {
  const figure = useRef<HTMLElement>(null), [width, setWidth] = useState(640);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(Math.max(200, entry!.contentRect.width)));
    observer.observe(figure.current!);
    return () => observer.disconnect();
  }, []);
  const x = (step: number) => LEFT + (width - LEFT - RIGHT) * (steps === 0 ? 0 : step / steps);
  const y = (share: number) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - share);
  const every = Math.max(1, Math.ceil(steps / (width > 500 ? 20 : 10)));
  const marks = Array.from({ length: Math.floor(steps / every) + 1 }, (_, i) => i * every);
  const choosePoint = (event: MouseEvent & { currentTarget: SVGSVGElement }) => {
    const { left } = event.currentTarget.getBoundingClientRect();
    const place = (event.clientX - left - LEFT) / (width - LEFT - RIGHT);
    choose(Math.round(Math.min(1, Math.max(0, place)) * steps));
  };
  return (
    <figure class="chart" ref={figure}>
      <svg viewBox={`0 0 ${width} ${HEIGHT}`} aria-hidden="true" onClick={choosePoint}>
        {[0, 0.5, 1].map((share) => (
          <g key={share}>
            <line class="rule" x1={LEFT} x2={width - RIGHT} y1={y(share)} y2={y(share)} />
            <text x={LEFT - 6} y={y(share) + 4} text-anchor="end">{100 * share} %</text>
          </g>
        ))}
        {marks.map((mark) => <text key={mark} x={x(mark)} y={HEIGHT - 16} text-anchor="middle">{mark}</text>)}
        <text x={(LEFT + width - RIGHT) / 2} y={HEIGHT - 2} text-anchor="middle">steps</text>
        <line class="now" x1={x(step)} x2={x(step)} y1={TOP} y2={HEIGHT - BOTTOM} />
        {[...moments].map(([who, seen], i) => (
          <g key={who} class={`line line-${i}`}>
            <polyline
              points={seen.map(({ probabilities }, step) => `${x(step)},${y(probabilities[label]!)}`).join(
                " ",
              )}
            />
            {seen.map(({ probabilities }, step) => (
              <circle key={step} cx={x(step)} cy={y(probabilities[label]!)} r={3} />
            ))}
          </g>
        ))}
      </svg>
      <figcaption>
        Probability of the true class after each step.{" "}
        {[...moments.keys()].map((who, i) => (
          <span key={who} class={`key key-${i}`}>{i === 0 ? "first attacker" : "second attacker"}</span>
        ))}
      </figcaption>
    </figure>
  );
}
