/* The page's colours before its first picture: the theme's own script comes later and would turn a
   white page dark.  Paper is white: while a page is printed it is light. */
{
  const page = document.documentElement.dataset;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const paper = matchMedia("print");
  let onScreen = null;

  if (page.mode !== "light" && page.mode !== "dark") {
    page.theme = dark.matches ? "dark" : "light";
  }

  const print = () => {
    onScreen ??= page.theme;
    page.theme = "light";
  };
  const back = () => {
    page.theme = onScreen ?? page.theme;
    onScreen = null;
  };
  addEventListener("beforeprint", print);
  addEventListener("afterprint", back);
  paper.addEventListener("change", () => (paper.matches ? print() : back()));
}
