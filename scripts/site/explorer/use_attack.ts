import { useEffect, useRef, useState } from "preact/hooks";
import type { Answer, Moment, Question, Who } from "./messages.ts";

/** An attack as far as the worker has come. */
export interface Attack {
  /** What was asked, and what its true class is. */
  readonly question: Question;
  readonly label: number;
  /** What the defended classifier says of the image before the attack. */
  readonly clean: readonly number[];
  /** The moments of each attacker, from step 0 on. */
  readonly moments: ReadonlyMap<Who, readonly Moment[]>;
}

/** A question that has no number yet. */
export type Asked = Omit<Question, "number">;

/** What the page knows of its worker's work. */
export interface Work {
  /** The engine in words; undefined until it has started. */
  readonly engine: string | undefined;
  /** The newest attack of which something is there. */
  readonly attack: Attack | undefined;
  /** What was asked and has been answered to the end, or has failed. */
  readonly finished: Asked | undefined;
  /** What went wrong last. */
  readonly failure: string | undefined;
}

/**
 * Asks the worker whenever the question changes, and collects its answers. The old attack stays until the first of the new
 * one is there.
 *
 * @param asked What to ask.
 */
export function useAttack(asked: Asked): Work {
  const worker = useRef<Worker | undefined>(undefined);
  const newest = useRef<{ asked: Asked; question: Question } | undefined>(undefined);
  const [work, setWork] = useState<Work>({
    engine: undefined,
    attack: undefined,
    finished: undefined,
    failure: undefined,
  });

  useEffect(() => {
    const started = worker.current = new Worker(`worker.js${location.search}`);
    const hear = (answer: Answer) =>
      setWork((work) => {
        const { asked, question } = newest.current!;
        return after(work, answer, asked, question);
      });
    started.onmessage = ({ data }: MessageEvent<Answer>) => hear(data);
    started.onerror = ({ message }) =>
      hear({ kind: "failed", number: undefined, message: message || "The worker did not start" });
    return () => started.terminate();
  }, []);

  useEffect(() => {
    const question = { ...asked, number: (newest.current?.question.number ?? 0) + 1 };
    newest.current = { asked, question };
    setWork((work) => ({ ...work, failure: undefined }));
    worker.current!.postMessage(question);
  }, [asked]);

  return work;
}

/** What is known after an answer. Answers to older questions are passed over. */
function after(work: Work, answer: Answer, asked: Asked, question: Question): Work {
  if (answer.kind === "engine") return { ...work, engine: answer.description };
  if (answer.number !== undefined && answer.number !== question.number) return work;
  switch (answer.kind) {
    case "begun":
      return { ...work, attack: { question, label: answer.label, clean: answer.clean, moments: new Map() } };
    case "moment": {
      const { attack } = work, { who, step, moment } = answer;
      if (attack === undefined) return work;
      const seen = [...attack.moments.get(who) ?? []];
      seen[step] = moment;
      return { ...work, attack: { ...attack, moments: new Map(attack.moments).set(who, seen) } };
    }
    case "done":
      return { ...work, finished: asked };
    case "failed":
      return { ...work, finished: asked, failure: answer.message };
    default:
      return answer satisfies never;
  }
}
