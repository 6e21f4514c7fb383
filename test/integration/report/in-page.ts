/** Functions that run inside of the page; each stands alone, as only its own text gets there. */

/** As much of the DOM as they use; the project is compiled without its types. */
interface PageElement {
  readonly id: string;
  readonly textContent: string | null;
  readonly clientWidth: number;
  readonly scrollWidth: number;
  getAttribute(name: string): string | null;
  closest(selector: string): PageElement | null;
  querySelectorAll(selector: string): Iterable<PageElement>;
  getBoundingClientRect(): Record<"left" | "right" | "top" | "bottom" | "width", number>;
}
declare const document: Pick<PageElement, "querySelectorAll"> & { readonly documentElement: PageElement };

/** Runs in the page: the charts that are shown, their marks, and the lengths of horizontal bars. */
export function barsOfCharts() {
  return [...document.querySelectorAll("figure svg")]
    .filter((svg) => svg.getBoundingClientRect().width > 0)
    .map((svg) => {
      const top = (bar: PageElement) => bar.getBoundingClientRect().top;
      const bars = [...svg.querySelectorAll('[aria-label="bar"] rect')].toSorted((a, b) => top(a) - top(b));
      const paths = [...svg.querySelectorAll('[aria-label="line"] path')];
      const horizontal = new Set(bars.map((bar) => bar.getAttribute("x"))).size === 1;
      return {
        question: svg.closest("article")?.id ?? "",
        marks: bars.length + paths.length,
        lengths: horizontal ? bars.map((bar) => Number(bar.getAttribute("width"))) : [],
      };
    });
}

/** Runs in the page: how many pieces of text there are, and those that reach out of their chart or the page. */
export function clippedTexts() {
  const shown = (element: PageElement) => element.getBoundingClientRect().width > 0;
  const inCharts = [...document.querySelectorAll("svg text")].filter(shown);
  const clipped = inCharts.filter((text) => {
    const box = text.getBoundingClientRect();
    const frame = text.closest("svg")?.getBoundingClientRect() ?? box;
    return (
      box.left < frame.left - 1 ||
      box.right > frame.right + 1 ||
      box.top < frame.top - 1 ||
      box.bottom > frame.bottom + 1
    );
  });
  const onPage = [...document.querySelectorAll("h1, h2, h3, p, td, th, dt, dd, figcaption")].filter(shown);
  const wide = onPage.filter(
    (element) =>
      element.scrollWidth > element.clientWidth + 1 ||
      element.getBoundingClientRect().right > document.documentElement.clientWidth,
  );
  return {
    texts: inCharts.length + onPage.length,
    clipped: [...clipped, ...wide].map((element) => element.textContent),
  };
}
