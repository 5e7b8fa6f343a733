/* 边打边搜：htmx 取结果，上下键选，回车打开，Esc 收起。没有脚本时回车就是搜索页。 */

function load(url) {
  return new Promise(function (resolve, reject) {
    if (window.htmx) {
      resolve();
      return;
    }
    const script = document.createElement("script");
    script.src = url;
    script.onload = resolve;
    script.onerror = reject;
    document.head.appendChild(script);
  });
}

export function attach(box) {
  const list = document.getElementById("search-found");
  let active = -1;

  function options() {
    return Array.from(list.querySelectorAll("[role=option]"));
  }

  function show(on) {
    list.hidden = !on || !list.firstElementChild;
    box.setAttribute("aria-expanded", String(!list.hidden));
    if (list.hidden) choose(-1);
  }

  function choose(index) {
    const all = options();
    const state = (index + all.length + 1) % (all.length + 1);
    active = state === all.length ? -1 : state;
    all.forEach(function (one, n) { one.setAttribute("aria-selected", String(n === active)); });
    if (active < 0) {
      box.removeAttribute("aria-activedescendant");
      return;
    }
    box.setAttribute("aria-activedescendant", all[active].id);
    all[active].scrollIntoView({ block: "nearest" });
  }

  box.setAttribute("role", "combobox");
  box.setAttribute("aria-expanded", "false");
  box.setAttribute("aria-controls", "search-found");
  box.setAttribute("aria-autocomplete", "list");

  list.addEventListener("htmx:afterSwap", function () {
    active = -1;
    show(document.activeElement === box && box.value.trim() !== "");
  });
  box.addEventListener("input", function () { if (box.value.trim() === "") show(false); });
  box.addEventListener("keydown", function (event) {
    if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      show(false);
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!options().length) return;
      event.preventDefault();
      show(true);
      choose(event.key === "ArrowDown" ? active + 1 : active - 1);
    } else if (event.key === "Enter" && active >= 0 && !list.hidden) {
      event.preventDefault();
      options()[active].click();
    }
  });
  box.form.addEventListener("focusout", function (event) {
    if (!box.form.contains(event.relatedTarget)) setTimeout(function () { show(false); }, 150);
  });
  box.addEventListener("focus", function () { show(box.value.trim() !== ""); });

  return load(box.getAttribute("data-htmx")).then(function () {
    window.htmx.process(box.form);
    if (box.value.trim() !== "") window.htmx.trigger(box, "typed");
  });
}
