// Sections that fold: all at once, where a link leads into them, and for print.
(() => {
  const folds = [...document.querySelectorAll("main details:not(#history)")];
  const unfold = document.getElementById("unfold");
  const name = () => { unfold.textContent = folds.every(fold => fold.open) ? "Close all" : "Open all"; };
  for (const fold of folds) fold.addEventListener("toggle", name);
  unfold.onclick = () => {
    const open = !folds.every(fold => fold.open);
    for (const fold of folds) fold.open = open;
  };
  name();

  // What a link leads to is opened with all that it lies in.
  function reveal() {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    for (let fold = target.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    target.scrollIntoView();
  }
  for (const link of document.querySelectorAll('a[href^="#"]')) {
    link.addEventListener("click", () => { if (link.hash === location.hash) reveal(); });
  }
  addEventListener("hashchange", reveal);
  reveal();

  let closed = [];
  addEventListener("beforeprint", () => {
    closed = folds.filter(fold => !fold.open);
    for (const fold of closed) fold.open = true;
  });
  addEventListener("afterprint", () => { for (const fold of closed) fold.open = false; });
  document.getElementById("print").onclick = () => print();
})();
