/* Draws the charts, sorts and searches the tables, and has the charts follow the page's choices. */
(() => {
  const PANEL = 380; // pixels that a panel wants at least
  const ROWS = 50; // of a table's page
  const charts = JSON.parse(document.getElementById("page-data").textContent);
  const form = document.querySelector(".choices");
  const views = new Map();
  let armsChosen = false; // until then each chart shows the arms that it begins with

  const rowsOf = (columns) => {
    const names = Object.keys(columns);
    return columns[names[0]].map((_, i) => Object.fromEntries(names.map((n) => [n, columns[n][i]])));
  };

  const chosen = () => {
    if (!form) return {};
    const values = Object.fromEntries(new FormData(form));
    delete values.arms;
    const arms = [...form.querySelectorAll("[name=arms]:checked")].map((box) => box.value);
    return armsChosen ? { ...values, arms } : values;
  };

  const config = (width, panel) => ({
    background: "transparent",
    font: "system-ui, sans-serif",
    view: { stroke: null },
    axis: { labelFontSize: 12, titleFontSize: 12, titleFontWeight: "normal", labelLimit: Math.max(150, width * 0.34) },
    axisX: { labelLimit: 160, tickCount: Math.min(12, Math.max(3, Math.floor(panel / 80))) },
    header: { labelFontSize: 12, labelLimit: width },
    legend: { labelFontSize: 12, labelLimit: Math.min(280, width - 60), columns: Math.max(1, Math.floor(width / 230)), symbolType: "circle" },
    title: { limit: width },
  });

  /* Pixels of a chart whose rows have a height each: as many as the chosen arms have. */
  const heightOf = (name, step) => {
    const { arms } = chosen();
    const rows = rowsOf(charts[name].columns).filter((row) => !arms || !("arm" in row) || arms.includes(row.arm));
    return step * Math.max(1, new Set(rows.map((row) => row.subject ?? row.y)).size);
  };

  /* A chart as wide as its box; panels side by side as far as there is room. */
  const draw = async (name) => {
    const box = document.getElementById(name);
    const spec = structuredClone(charts[name].spec);
    const width = Math.max(box.clientWidth, 240);
    spec.datasets = { rows: rowsOf(charts[name].columns) };
    const values = chosen();
    for (const one of spec.params) if (one.name in values) one.value = values[one.name];
    if (spec.facet) {
      const panels = new Set(charts[name].columns.panel).size;
      const rows = Math.ceil(panels / Math.max(1, Math.floor(width / PANEL)));
      spec.columns = Math.ceil(panels / rows); // full rows where there can be: an axis below nothing misleads
      if (panels % spec.columns) spec.resolve = { ...spec.resolve, axis: { x: "independent" } };
      spec.spec.width = Math.floor(width / spec.columns) - 80;
      if (spec.spec.layer[0].mark.type === "rect") spec.spec.width += 35;
    } else {
      spec.width = width;
      if (spec.height.step) spec.height = heightOf(name, spec.height.step);
      spec.autosize = { type: "fit-x", contains: "padding" };
    }
    spec.config = config(width, spec.facet ? spec.spec.width : width);
    views.get(name)?.finalize();
    // Level 1: errors alone. That a choice leaves nothing to draw is no news for a reader.
    const options = { renderer: "svg", logLevel: 1, ast: true, actions: { export: true, source: false, compiled: false, editor: false }, tooltip: { theme: "lit" } };
    const { view } = await vegaEmbed(box, spec, options);
    views.set(name, view);
  };

  const drawAll = () => Promise.all(Object.keys(charts).map(draw));

  const follow = (event) => {
    armsChosen ||= ["arms", "button"].includes(event.target.name || event.target.type);
    const values = chosen();
    for (const [name, view] of views) {
      if (charts[name].spec.height?.step) {
        draw(name);
        continue;
      }
      for (const one of charts[name].spec.params) if (one.name in values) view.signal(one.name, values[one.name]);
      view.runAsync();
    }
  };

  if (form) {
    form.addEventListener("change", follow);
    form.addEventListener("submit", (event) => event.preventDefault());
    for (const button of form.querySelectorAll("[data-all]")) {
      button.addEventListener("click", (event) => {
        for (const box of form.querySelectorAll("[name=arms]")) box.checked = Boolean(button.dataset.all);
        follow(event);
      });
    }
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape") form.querySelector("details")?.removeAttribute("open");
    });
  }

  const tables = [];
  for (const table of document.querySelectorAll("table[data-many]")) {
    const paged = table.tBodies[0].rows.length > ROWS;
    const layout = { topStart: "search", topEnd: null, bottomStart: paged ? "info" : null, bottomEnd: paged ? "paging" : null };
    tables.push(new DataTable(table, { layout, paging: paged, pageLength: ROWS, order: [], autoWidth: false, language: { search: "Find" } }));
  }

  /* Paper cannot be opened, pointed at or turned to the next fifty rows: tables are whole, and what is short is open. */
  const onPaper = [];
  window.addEventListener("beforeprint", () => {
    onPaper.push(...document.querySelectorAll("details[data-paper]:not([open])"));
    for (const closed of onPaper) closed.open = true;
    for (const table of tables) table.page.len(-1).draw(false);
  });
  window.addEventListener("afterprint", () => {
    for (const opened of onPaper.splice(0)) opened.open = false;
    for (const table of tables) table.page.len(ROWS).draw(false);
  });

  /* A link into something closed opens it. */
  const open = () => {
    const target = location.hash && document.getElementById(location.hash.slice(1));
    if (target && target.tagName === "DETAILS") target.open = true;
  };
  window.addEventListener("hashchange", open);
  open();

  let width = document.documentElement.clientWidth;
  let waiting;
  window.addEventListener("resize", () => {
    if (document.documentElement.clientWidth === width) return;
    width = document.documentElement.clientWidth;
    clearTimeout(waiting);
    waiting = setTimeout(drawAll, 150);
  });
  drawAll().then(() => { document.body.dataset.drawn = "yes"; });
})();
