import { assertEquals } from "@std/assert";
import { agendaOf } from "../../lib/experiments/reproduce/agenda.ts";

Deno.test("agendaOf() counts cells that are behind, and takes the time left from those that were measured now", () => {
  const agenda = agendaOf(6);
  assertEquals(agenda.place, { step: 1, of: 6 });
  agenda.passed(); // it was kept: this says nothing about the time
  assertEquals(agenda.place, { step: 2, of: 6 });
  agenda.passed(10);
  assertEquals(agenda.place, { step: 3, of: 6, secondsLeft: 40 });
  agenda.passed(20);
  assertEquals(agenda.place, { step: 4, of: 6, secondsLeft: 45 });
  agenda.leaveOut(2);
  assertEquals(agenda.place, { step: 4, of: 4, secondsLeft: 15 });
});

Deno.test("agendaOf() shares the time that is left among processes", () => {
  const agenda = agendaOf(5, 2);
  agenda.passed(10);
  assertEquals(agenda.place, { step: 2, of: 5, secondsLeft: 20 });
});
