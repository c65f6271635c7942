import type { ProgressPlace } from "../../tensor/mod.ts";

/** How many cells there are, how many are behind us, and how long they take. */
export interface Agenda {
  /** The place of the cell that is measured now. */
  readonly place: ProgressPlace;
  /** A cell is behind us: it took so many seconds; nothing where it was kept, or does not apply. */
  passed(seconds?: number): void;
  /** So many cells are left out. */
  leaveOut(cells: number): void;
}

/**
 * An agenda.
 *
 * @param cells How many cells there are.
 * @param processes How many processes measure them at the same time.
 */
export function agendaOf(cells: number, processes = 1): Agenda {
  let of = cells, behind = 0, measured = 0, spent = 0;
  return {
    get place() {
      const left = measured === 0 ? {} : { secondsLeft: spent / measured * (of - behind) / processes };
      return { step: Math.min(behind + 1, of), of, ...left };
    },
    passed(seconds) {
      behind++;
      if (seconds === undefined) return;
      measured++;
      spent += seconds;
    },
    leaveOut(cells) {
      of -= cells;
    },
  };
}
