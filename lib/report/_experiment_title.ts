/** The title of an experiment by its name: `table1` is "Table 1". */
export function experimentTitle(experiment: string): string {
  const spaced = experiment.replace(/[-_]/g, " ").replace(/(\D)(\d)/, "$1 $2").replace(/ {2,}/g, " ");
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}
