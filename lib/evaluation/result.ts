import type { PublishedBreak } from "../defenses/mod.ts";
import type { Faults } from "../judge/mod.ts";
import type { Finding } from "./checks/finding.ts";
import type { GradientShares } from "./gradient_shares.ts";

/** An attack as a file records it: its name and its options. */
export interface AttackDescription {
  /** The name of the function: `fgs`, `pgd`, `carliniWagner`. */
  readonly attack: string;
  /** The allowed distance, where there is one. */
  readonly ball?: { readonly norm: string; readonly epsilon: number };
  /** The size of a step, in the ball's norm. */
  readonly stepSize?: number;
  /** How many steps. */
  readonly steps?: number;
  /** Any other option. */
  readonly [option: string]: unknown;
}

/** One number of a table: measured here, reported by the paper, or both. */
export interface Cell {
  /** The share of images that are classified right, in [0, 1]; `null` where nothing was measured. */
  readonly accuracy: number | null;
  /**
   * Of a defense that detects: the share of these images, clean or attacked, that it refuses. A clean one is an error, an
   * attacked one is stopped. Where there is no accuracy, it is what the cell tells.
   */
  readonly refused?: number;
  /** Images measured; those of several seeds together. */
  readonly n?: number;
  /** The 95 % interval of what the cell tells: Wilson's; over several seeds {@linkcode seedInterval}. */
  readonly interval?: readonly [number, number];
  /** The paper's number, in [0, 1]; `null` where it prints "-". */
  readonly reported: number | null;
  /** Whether the paper's number is quoted from another paper. */
  readonly quoted: boolean;
  /** The attack; absent for clean images. */
  readonly attack?: AttackDescription;
  /**
   * What the attacker differentiates: `white-box` is the victim itself with the exact gradient of rounding;
   * `black-box` a substitute and `oblivious` the classifier without its defense; any other is the victim with a
   * gradient put in place (`straight-through`, `identity`), or the `worst case` of several.
   */
  readonly surrogate?: string;
  /** The seeds that the accuracy is the mean of. */
  readonly seeds?: readonly number[];
  /** The accuracy from each of `seeds`, where there are several. */
  readonly perSeed?: readonly number[];
  /** Wall-clock time. */
  readonly seconds?: number;
  /** Gradients taken per image. */
  readonly gradientCalls?: number;
  /** The share of images whose input gradient is exactly zero where the attack starts. */
  readonly zeroGradient?: number;
  /** The shares of images whose gradient is zero, or holds NaN or infinity; absent where that was not looked at. */
  readonly gradients?: GradientShares;
  /** What makes the number doubtful, as counts of images; absent where nothing does. */
  readonly faults?: Faults;
  /** Anything a reader should know. */
  readonly note?: string;
}

/** A cell on a curve. */
export interface Point extends Cell {
  /** Its place on the horizontal axis. */
  readonly x: number;
}

/** The circumstances of a run. */
export interface Provenance {
  /** The engine in words, {@linkcode Backend.description}. */
  readonly backend: string;
  /** The versions of what it ran on, by name. */
  readonly versions?: Readonly<Record<string, string>>;
  /** The data set's checksum. */
  readonly data?: string;
  /** The version of the code that measures: numbers of another version are measured again. */
  readonly code?: string;
  /** The kit's version: `0.1.0`. */
  readonly kit?: string;
  /**
   * The commit of the kit that put the result together, `… with changes` where files differed from it. Absent where git can't
   * tell. A number that was in the cache may be of an earlier commit: its file there says of which.
   */
  readonly commit?: string;
  /** When, ISO 8601. */
  readonly date: string;
}

/** What tables and figures have in common. */
export interface ResultHead {
  /** `table1` … `figure4`, or a name of one's own. */
  readonly experiment: string;
  /** `quick`, `course` or `paper`. */
  readonly profile: string;
  /** The data set's name. */
  readonly dataset: string;
  /** How many classes the data set has. Default: as many as the kit knows by its name. */
  readonly classes?: number;
  /** What was chosen of it, where this is not the whole: `rows No Defense; 50 examples`. */
  readonly part?: string;
  /** What stands above the table, with ε, the steps and who knows what. */
  readonly caption: string;
  /** Reasons to doubt some of the numbers. */
  readonly findings: readonly Finding[];
  /**
   * What other people's evaluations left of the defenses, by the heads of their rows or the names of their curves: those on
   * this data set first. Rows of which none is known are absent.
   */
  readonly breaks?: Readonly<Record<string, readonly PublishedBreak[]>>;
  /** The circumstances. */
  readonly provenance: Provenance;
  /** Anything else for a reader. */
  readonly notes?: readonly string[];
}

/** A measured table, as `results/*.json` holds it. */
export interface Result extends ResultHead {
  /** The columns' heads, left to right. */
  readonly columns: readonly string[];
  /** Cells by the heads of their row and column. */
  readonly rows: Readonly<Record<string, Readonly<Record<string, Cell>>>>;
}

/** A measured figure of one panel: the same with curves. */
export interface FigureResult extends ResultHead {
  /** What the horizontal axis is. */
  readonly x: string;
  /** Points by the name of their curve. */
  readonly series: Readonly<Record<string, readonly Point[]>>;
}

/** A panel of a measured figure. */
export interface PanelResult extends Pick<FigureResult, "x" | "series"> {
  /** What stands above the panel. */
  readonly caption: string;
  /** Whether the horizontal axis has equal steps or equal ratios; default linear. */
  readonly scale?: "linear" | "log";
  /** The accuracy of guessing, where the curves ought to come down to it. */
  readonly chance?: number;
}

/**
 * A measured figure of several panels, as the paper's Figures 3 and 4 are. A finding about a point has `figure4-right`
 * for its table.
 */
export interface PanelsResult extends ResultHead {
  /** By their place, from left to right: `left`, `right`. */
  readonly panels: Readonly<Record<string, PanelResult>>;
}
