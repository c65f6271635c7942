// Sorts a leaderboard by the column whose head was clicked: numbers fall first, names and ranks rise first.
for (const table of document.querySelectorAll("table.leaderboard")) {
  const body = table.tBodies[0], heads = [...table.tHead.rows[0].cells];
  const collator = new Intl.Collator("en", { numeric: true });
  // As numbers where both are: to a collator 0.9066 is more than 0.95.
  const compare = (a, b) =>
    Number(a) - Number(b) || (isFinite(a) && isFinite(b) ? 0 : collator.compare(a, b));
  for (const head of heads) {
    head.querySelector("button").addEventListener("click", () => {
      const column = head.cellIndex, key = (row) => row.cells[column].dataset.key;
      const risesFirst = ["#", "Defense", "Finding"].includes(head.textContent.trim());
      const now = head.getAttribute("aria-sort"), first = risesFirst ? "ascending" : "descending";
      const next = now === "none" ? first : now === "ascending" ? "descending" : "ascending";
      for (const other of heads) other.setAttribute("aria-sort", other === head ? next : "none");
      const sign = next === "ascending" ? 1 : -1, rows = [...body.rows];
      const known = rows.filter((row) => key(row) !== undefined);
      const unknown = rows.filter((row) => key(row) === undefined);
      body.append(...known.sort((a, b) => sign * compare(key(a), key(b))), ...unknown);
    });
  }
}

// The heads of a table that is no wider than its frame stay at the top of the window; else at the top of the frame.
const sizes = new ResizeObserver((entries) => {
  for (const frame of new Set(entries.map(({ target }) => target.closest(".scroll")))) {
    frame.classList.toggle("fits", frame.firstElementChild.offsetWidth <= frame.offsetWidth);
  }
});
for (const table of document.querySelectorAll(".scroll > table")) {
  sizes.observe(table);
  sizes.observe(table.parentElement);
}

// A frame may leave the window at its top: its heads then move down in it, as far as there are rows.
const follow = () => {
  for (const frame of document.querySelectorAll(".scroll:has(> table > thead)")) {
    const head = frame.querySelector("thead"), { top, bottom } = frame.getBoundingClientRect();
    const room = frame.classList.contains("fits") ? 0 : Math.min(-top, bottom - top - head.offsetHeight);
    head.style.cssText = room > 0 ? `position: relative; z-index: 4; translate: 0 ${room}px` : "";
  }
};
addEventListener("scroll", follow, { passive: true });
