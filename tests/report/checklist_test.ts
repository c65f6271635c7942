import { assertEquals, assertStringIncludes } from "@std/assert";
import { checklist, reportedEvidence } from "@gcln/kit/evaluation";
import { checklistToMarkdown, jupyterDisplay, shownChecklist } from "@gcln/kit/report";

const item = (status: "holds" | "fails" | "not shown") => ({
  item: "More steps",
  status,
  evidence: "PGD leaves 1.0%.",
});
const list = (row: string, status: "holds" | "fails" | "not shown", dataset = "svhn") => ({
  row,
  dataset,
  source: "measured" as const,
  items: [item(status)],
});

Deno.test("checklistToMarkdown() has a column for each row, and then its evidence", () => {
  const text = checklistToMarkdown([list("Mine", "holds"), list("Other | one", "not shown")]);
  assertStringIncludes(text, "| More steps | ✓ holds |");
  assertStringIncludes(text, "· not shown |");
  assertStringIncludes(text, "**Mine**\n\n- ✓ **holds**: More steps. PGD leaves 1.0%.");
});

Deno.test("checklistToMarkdown() tells rows of one name apart", () => {
  const text = checklistToMarkdown([
    list("Mine", "holds"),
    list("Mine", "fails", "cifar10"),
    list("Other", "holds"),
  ]);
  assertStringIncludes(text, "**Mine (svhn)**");
  assertStringIncludes(text, "**Mine (cifar10)**\n\n- ✗ **fails**");
  assertStringIncludes(text, "**Other**");
  assertEquals(checklistToMarkdown([]), "No attack, no checklist.\n");
});

Deno.test("shownChecklist() is a notebook's value", async () => {
  const lists = checklist(reportedEvidence()), bundle = await shownChecklist(lists)[jupyterDisplay]();
  assertEquals(bundle["text/markdown"], checklistToMarkdown(lists));
  assertStringIncludes(bundle["text/markdown"]!, "Our method (Qs = 10) (svhn)");
});
