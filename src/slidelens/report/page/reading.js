// Sortable and downloadable tables, and figures at full size.
(() => {
  // Empty cells come last in either order.
  const compare = (a, b, direction) => {
    if (a === "" || b === "") return (a === "") - (b === "");
    const [x, y] = [Number(a), Number(b)];
    return direction * (Number.isNaN(x) || Number.isNaN(y) ? a.localeCompare(b) : x - y);
  };
  const text = (row, column) => row.cells[column].dataset.value;

  for (const table of document.querySelectorAll("table.sortable")) {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => head.firstElementChild.addEventListener("click", () => {
      const up = head.getAttribute("aria-sort") !== "ascending";
      heads.forEach(cell => cell.setAttribute("aria-sort", "none"));
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const rows = [...table.tBodies[0].rows].sort((a, b) => compare(text(a, column), text(b, column), up ? 1 : -1));
      table.tBodies[0].append(...rows);
    }));
  }

  for (const button of document.querySelectorAll("button.csv")) {
    button.addEventListener("click", () => {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([button.dataset.csv], { type: "text/csv" }));
      link.download = button.dataset.name;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    });
  }

  // A figure is small on a phone: a tap, or Enter, shows it at full size, with sideways scrolling.
  for (const figure of document.querySelectorAll("figure")) {
    const button = document.createElement("button"), image = figure.querySelector("img");
    button.type = "button";
    button.className = "enlarge";
    button.setAttribute("aria-pressed", "false");
    image.replaceWith(button);
    button.append(image);
    button.addEventListener("click", () => {
      button.setAttribute("aria-pressed", figure.classList.toggle("large"));
    });
  }
})();
