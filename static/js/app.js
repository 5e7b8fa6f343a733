/* 全站脚本：没有它每一页也能用。外观切换、"/" 搜索、提示消失、确认框、出错定位、复制链接、草稿。
   浏览器底线 Chromium 86、Safari 14，不用打包。 */
(function () {
  "use strict";

  var root = document.documentElement;
  var YEAR = 31536000;

  function remember(name, value) {
    document.cookie = name + "=" + value + ";path=/;samesite=lax;max-age=" + (value ? YEAR : 0);
  }

  function each(selector, act) {
    Array.prototype.forEach.call(document.querySelectorAll(selector), act);
  }

  /* ---------- 外观：大字版、深色 ---------- */
  function look(name, value) {
    remember(name, value);
    if (value) root.setAttribute("data-" + name, value);
    else root.removeAttribute("data-" + name);
  }

  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-look]");
    if (button) {
      event.preventDefault();
      look(button.name, button.value);
      each("[data-look][name='" + button.name + "']", function (other) {
        other.setAttribute("aria-pressed", String(other === button));
      });
      return;
    }
    var link = event.target.closest("[data-text-switch]");
    if (link) {
      event.preventDefault();
      look("text", link.getAttribute("data-text-switch"));
      var large = link.getAttribute("data-text-switch") === "large";
      link.setAttribute("data-text-switch", large ? "" : "large");
      link.setAttribute("href", large ? "?text=normal" : "?text=large");
      link.lastChild.nodeValue = large ? "标准版" : "大字版";
    }
  });

  /* ---------- 页面自己发出的请求（定时刷新）不算有人在用，不延长登录 ---------- */
  document.addEventListener("htmx:configRequest", function (event) {
    if (!event.detail.triggeringEvent) event.detail.headers["X-Background"] = "1";
  });

  /* ---------- 菜单上的待办数：页面自己没数过时补上；菜单不显示（手机）就不取 ---------- */
  each("[data-badges]", function (menu) {
    if (!menu.offsetParent) return;
    fetch(menu.getAttribute("data-badges"), { headers: { "X-Background": "1" } })
      .then(function (answer) { return answer.ok && !answer.redirected ? answer.text() : ""; })
      .then(function (text) {
        var found = new DOMParser().parseFromString(text, "text/html");
        Array.prototype.forEach.call(found.querySelectorAll("[id]"), function (badge) {
          var place = document.getElementById(badge.id);
          if (place) place.replaceWith(badge);
        });
      })
      .catch(function () {}); // 离线时不显示数字，页面照用
  });

  /* ---------- 会变的一块：data-live="网址"；看得见才取，看得见的时候每分钟再取，取不到就留着原来的 ---------- */
  each("[data-live]", function (part) {
    var timer;
    function take() {
      if (document.hidden) return;
      fetch(part.getAttribute("data-live"), { headers: { "X-Background": "1" } })
        .then(function (answer) { return answer.ok && !answer.redirected ? answer.text() : ""; })
        .then(function (text) {
          var found = new DOMParser().parseFromString(text, "text/html").body;
          if (found.firstElementChild) part.replaceChildren.apply(part, Array.prototype.slice.call(found.childNodes));
        })
        .catch(function () {});
    }
    new IntersectionObserver(function (seen) {
      clearInterval(timer);
      if (!seen[seen.length - 1].isIntersecting) return;
      take();
      timer = setInterval(take, 60000);
    }).observe(part);
  });

  /* ---------- 表单里选中某一项时才要填的部分：data-shown-for="字段=值"；没有脚本时一直展开，由服务端校验 ---------- */
  function settle(part) {
    var condition = part.getAttribute("data-shown-for").split("=");
    var form = part.closest("form");
    var chosen = form && form.querySelector("input[name='" + condition[0] + "']:checked");
    part.hidden = !chosen || chosen.value !== condition[1];
  }

  function settleAll() {
    each("[data-shown-for]", settle);
  }

  settleAll();
  document.addEventListener("htmx:load", settleAll);
  document.addEventListener("change", settleAll);

  /* ---------- "/" 到搜索框 ---------- */
  document.addEventListener("keydown", function (event) {
    var typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) || event.target.isContentEditable;
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    var box = document.querySelector("[data-hotkey='/']");
    if (!box) return;
    event.preventDefault();
    if (box.offsetParent) box.focus();
    else window.location.assign(box.form.action);
  });

  /* ---------- 边打边搜：点到搜索框才取 htmx 和 search.js ---------- */
  document.addEventListener("focusin", function (event) {
    var box = event.target;
    if (!box.hasAttribute || !box.hasAttribute("data-search-js")) return;
    import(box.getAttribute("data-search-js")).then(function (module) { module.attach(box); });
    box.removeAttribute("data-search-js");
  });

  /* ---------- 提示：10 秒后消失，鼠标或焦点在上面时不消失；出错的提示不消失 ---------- */
  each("[data-toast]", function (toast) {
    if (toast.getAttribute("data-toast") === "error" || !toast.closest(".flash")) return;
    var timer;
    function start() { timer = setTimeout(function () { toast.remove(); }, 10000); }
    function stop() { clearTimeout(timer); }
    ["mouseenter", "focusin"].forEach(function (name) { toast.addEventListener(name, stop); });
    ["mouseleave", "focusout"].forEach(function (name) { toast.addEventListener(name, start); });
    start();
  });

  /* ---------- 确认框：没有脚本时走确认页 ---------- */
  document.addEventListener("click", function (event) {
    var opener = event.target.closest("[data-dialog]");
    if (opener) {
      var dialog = document.getElementById(opener.getAttribute("data-dialog"));
      if (dialog && dialog.showModal) {
        event.preventDefault();
        dialog.showModal();
      }
      return;
    }
    var closer = event.target.closest("[data-dialog-close]");
    if (closer) closer.closest("dialog").close();
  });

  /* ---------- 出错时先读错误摘要 ---------- */
  var summary = document.querySelector("[data-error-summary]");
  if (summary) summary.focus();

  document.addEventListener("click", function (event) {
    var link = event.target.closest("[data-error-summary] a");
    if (!link) return;
    var target = document.getElementById(link.getAttribute("href").slice(1));
    if (!target) return;
    event.preventDefault();
    target.scrollIntoView({ block: "center" });
    target.focus({ preventScroll: true });
  });

  /* ---------- 复制链接：网址就是全部筛选条件；浏览器不给复制时，网址显示出来自己选 ---------- */
  document.addEventListener("click", function (event) {
    var details = event.target.closest("summary") && event.target.closest("[data-copy]");
    if (!details || details.open) return;
    event.preventDefault();
    var source = details.querySelector("input");
    function show() {
      details.open = true;
      source.focus();
      source.select();
    }
    if (!navigator.clipboard) { show(); return; }
    navigator.clipboard.writeText(source.value).then(function () { say("链接已复制"); }, show);
  });

  /* ---------- 批量：全选本页、选了几条；没选时不能提交。没有脚本时逐条勾选，由服务器说没选 ---------- */
  each("form[data-bulk]", function (form) {
    var boxes = Array.prototype.filter.call(form.elements, function (box) { return box.name === "pk"; });
    var all = document.querySelector("[data-bulk-all]");
    var count = form.querySelector("[data-bulk-count]");
    function chosen() { return boxes.filter(function (box) { return box.checked; }).length; }
    function refresh() {
      var n = chosen();
      count.textContent = n ? "已选 " + n + " 条" : "勾选要办的条目";
      if (!all) return;
      all.checked = n > 0 && n === boxes.length;
      all.indeterminate = n > 0 && n < boxes.length;
    }
    boxes.forEach(function (box) { box.addEventListener("change", refresh); });
    Array.prototype.forEach.call(form.querySelectorAll("[data-bulk-plain]"), function (link) { link.hidden = true; });
    if (all) {
      all.hidden = false;
      all.addEventListener("change", function () {
        boxes.forEach(function (box) { box.checked = all.checked; });
        refresh();
      });
    }
    form.addEventListener("submit", function (event) {
      if (chosen()) return;
      event.preventDefault();
      say("请先勾选要办的条目");
    });
    refresh();
  });

  function say(words) {
    var box = document.querySelector(".flash");
    if (!box) {
      box = document.createElement("div");
      box.className = "flash";
      box.setAttribute("role", "status");
      document.body.appendChild(box);
    }
    var toast = document.createElement("div");
    toast.className = "toast";
    toast.textContent = words;
    box.appendChild(toast);
    setTimeout(function () { toast.remove(); }, 10000);
  }
  window.mingchuang = { say: say };

  /* ---------- 打印按钮、选中即提交、导航停在当前项 ---------- */
  each("[data-print]", function (button) { button.hidden = false; });
  document.addEventListener("click", function (event) {
    if (event.target.closest("[data-print]")) window.print();
  });
  document.addEventListener("change", function (event) {
    if (event.target.matches("[data-autosubmit]")) event.target.form.submit();
  });

  var nav = document.querySelector(".sidenav");
  var here = nav && nav.querySelector("[aria-current]");
  if (here && here.offsetTop + here.offsetHeight > nav.clientHeight) nav.scrollTop = here.offsetTop - nav.clientHeight / 2;

  /* ---------- 按 Esc 收起筛选 ---------- */
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape") return;
    var open = event.target.closest && event.target.closest("details.filters__more[open]");
    if (!open) return;
    open.open = false;
    open.querySelector("summary").focus();
  });
})();

/* ---------- 草稿：页面有要保管的表单，或者刚交了一份，才取 drafts.js ---------- */
(function () {
  "use strict";

  try {
    if (!document.body.hasAttribute("data-user")) {
      /* 登录页：接下来回到原页时，草稿还没有交上去。 */
      sessionStorage.setItem("draft-login", "1");
    } else if (
      document.querySelector("form[data-draft], form[data-draft-again], form[action='/logout/']") ||
      sessionStorage.getItem("draft-sent")
    ) {
      import(document.body.getAttribute("data-drafts"));
    }
  } catch (error) { /* 不让存：照常提交 */ }
})();
