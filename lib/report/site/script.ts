/**
 * Replaces the pictures of figures by interactive figures of Plotly. Each figure is drawn shortly before it is scrolled into
 * view, in light or dark colours as the reader's system is set. A figure that Plotly can't draw stays a picture.
 */
export const FIGURE_SCRIPT: string = `
const dark = matchMedia("(prefers-color-scheme: dark)"), finger = matchMedia("(pointer: coarse)");
const inTheme = (json) => {
  const style = getComputedStyle(document.documentElement);
  return JSON.parse(json, (_, value) => {
    if (typeof value !== "string" || !/^#[0-9a-f]{6}([0-9a-f]{2})?$/.test(value)) return value;
    const own = style.getPropertyValue("--for-" + value.slice(1, 7)).trim();
    return own ? own + value.slice(7) : value;
  });
};
const draw = async (plot) => {
  const { data, layout, config } = inTheme(plot.querySelector("script").textContent);
  if (plot.matches(".narrow")) config.displayModeBar = false; // it would hide the legend
  if (finger.matches) layout.dragmode = false; // fingers scroll the page
  plot.classList.add("drawn");
  try {
    await Plotly.react(plot.querySelector(".live"), data, layout, config);
  } catch (error) {
    plot.classList.remove("drawn");
    console.warn(error);
  }
};
const near = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    near.unobserve(target);
    draw(target);
  }
}, { rootMargin: "300px" });
for (const plot of document.querySelectorAll(".plot")) near.observe(plot);
dark.addEventListener("change", () => {
  for (const plot of document.querySelectorAll(".plot.drawn")) draw(plot);
});
`;
