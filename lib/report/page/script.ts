/**
 * The script of a page with tables. A click on a column's head sorts the rows: falling, rising, then in their first order.
 * The heads of a table that is no wider than its frame stay at the top of the window. A button unfolds the columns of one kind. Tooltips are placed beside their cell; Escape hides them. Arrow keys go from cell to cell. Folded sections open when a
 * link leads into them.
 */
export const SCRIPT: string = `
document.documentElement.classList.add("scripted");

for (const table of document.querySelectorAll("table")) {
  const body = table.tBodies[0], original = [...body.rows], heads = [...table.tHead.rows[0].cells];
  const collator = new Intl.Collator("en", { numeric: true });
  for (const head of heads) {
    head.querySelector("button")?.addEventListener("click", () => {
      const isName = head.cellIndex === 0; // names rise first, numbers fall
      const next = (isName
        ? { none: "ascending", ascending: "descending", descending: "none" }
        : { none: "descending", descending: "ascending", ascending: "none" })[head.getAttribute("aria-sort")];
      for (const other of heads) if (other.hasAttribute("aria-sort")) other.setAttribute("aria-sort", "none");
      head.setAttribute("aria-sort", next);
      const sign = next === "ascending" ? 1 : -1;
      const key = (row) => row.cells[head.cellIndex].dataset.key;
      const compare = isName ? (a, b) => collator.compare(key(a), key(b)) : (a, b) => key(a) - key(b);
      const known = original.filter((row) => key(row) !== undefined);
      const unknown = original.filter((row) => key(row) === undefined);
      if (next !== "none") known.sort((a, b) => sign * compare(a, b));
      body.append(...next === "none" ? original : [...known, ...unknown]);
    });
  }

  // Tab reaches one cell of a table. From there the arrow keys go on.
  const cellsIn = (row) => [...row.cells].map((cell) => cell.querySelector(".cell"));
  const all = [...table.querySelectorAll(".cell")];
  const enter = (cell) => { for (const other of all) other.tabIndex = other === cell ? 0 : -1; };
  if (all.length > 0) enter(all[0]);
  body.addEventListener("focusin", ({ target }) => {
    const cell = target.closest(".cell");
    if (cell) enter(cell);
  });
  const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  body.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    if (!step || !event.target.matches(".cell") || event.ctrlKey || event.altKey || event.metaKey) return;
    const rows = [...body.rows], start = event.target.closest("td");
    let row = rows.indexOf(start.parentElement), column = start.cellIndex, next;
    do {
      row += step[0];
      column += step[1];
      if (!rows[row]?.cells[column]) return;
      next = cellsIn(rows[row])[column];
    } while (!next || next.offsetParent === null); // past what is empty or folded
    event.preventDefault();
    next.focus();
  });
}

for (const button of document.querySelectorAll("button.columns")) {
  const label = button.textContent;
  button.addEventListener("click", () => {
    const isFolded = button.parentElement.classList.toggle("folded");
    for (const other of button.parentElement.querySelectorAll("button.columns")) other.setAttribute("aria-pressed", !isFolded);
    button.textContent = isFolded ? label : label.replace("Show", "Fold");
  });
}

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
    head.style.cssText = room > 0 ? \`position: relative; z-index: 4; translate: 0 \${room}px\` : "";
  }
};
addEventListener("scroll", follow, { passive: true });

// A tooltip is placed beside its cell, inside the window. On a small screen the style sheet puts it at the bottom.
const small = matchMedia("(max-width: 40rem)");
let open;
const place = (cell) => {
  const tooltip = cell.querySelector("[role=tooltip]");
  tooltip.style.cssText = "";
  if (small.matches) return;
  const box = cell.getBoundingClientRect(), { offsetWidth: width, offsetHeight: height } = tooltip;
  const room = document.documentElement, below = box.bottom + 6 + height <= room.clientHeight || box.top - 6 < height;
  const left = Math.max(8, Math.min(box.right - width, room.clientWidth - width - 8));
  tooltip.style.cssText = "inset: auto; left: " + left + "px; top: " + (below ? box.bottom + 6 : box.top - 6 - height) + "px";
};
for (const event of ["focusin", "pointerover"]) {
  document.addEventListener(event, ({ target }) => {
    const cell = target.closest?.(".cell");
    if (!cell) return;
    document.body.classList.remove("dismissed");
    if (!target.closest("[role=tooltip]")) place(open = cell);
  });
}
document.addEventListener("scroll", () => open && place(open), { capture: true, passive: true });
addEventListener("resize", () => open && place(open));
document.addEventListener("keydown", ({ key }) => {
  if (key === "Escape") document.body.classList.add("dismissed");
});

const unfold = () => {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  for (let fold = target?.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
};
addEventListener("hashchange", unfold);
unfold();
document.querySelector(".unfold")?.addEventListener("click", ({ target }) => {
  const folds = [...document.querySelectorAll("details")], all = folds.every((fold) => fold.open);
  for (const fold of folds) fold.open = !all;
  target.textContent = all ? "Unfold everything" : "Fold everything";
});
`;
