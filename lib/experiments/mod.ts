/**
 * The paper's experiments as data, and the function that measures them.
 *
 * @module
 */
export { ablation } from "./ablation.ts";
export {
  circumstancesOf,
  type ExperimentCircumstances,
  type ExperimentOptions,
  type MeasuringOptions,
} from "./circumstances.ts";
export { mostExamples } from "./most_examples.ts";
export { everyAttack, type EveryAttackOptions } from "./every_attack.ts";
export {
  type Figure,
  type FigureCurve,
  type FigurePanel,
  type FigurePoint,
  pointsOf,
  type SteppedSpec,
} from "./figure.ts";
export { figure2 } from "./figure2.ts";
export { figure3 } from "./figure3.ts";
export { figure4 } from "./figure4.ts";
export { illustrate, type IllustrateOptions, type Illustration } from "./illustrate.ts";
export { type ProfileName, profileOf, profiles } from "./profiles.ts";
export {
  isFigure,
  isTable,
  reproduce,
  type ReproduceFigureOptions,
  type ReproduceOptions,
} from "./reproduce.ts";
export { reproduceFigure } from "./reproduce_figure.ts";
export { type BesideStrongest, besideStrongest, strongestBeside } from "./strongest_beside.ts";
export {
  type AttackColumn,
  type CleanColumn,
  type Column,
  isMeasured,
  type MeasuredColumn,
  type RefusalsColumn,
  type Row,
  type Table,
  type ThreatModel,
  type UnmeasuredRow,
  type WorstCaseColumn,
} from "./table.ts";
export { table1 } from "./table1.ts";
export { table2 } from "./table2.ts";
export { table3 } from "./table3.ts";
export { table4 } from "./table4.ts";
export { traitsIn } from "./traits.ts";
export { type ClassifierView, type Visualisation, visualise, type VisualiseOptions } from "./visualise.ts";
