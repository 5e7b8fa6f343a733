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

  /* ---------- 复制链接：网址就是全部筛选条件 ---------- */
  each("[data-copy-link]", function (button) {
    if (!navigator.clipboard) return;
    button.hidden = false;
    button.addEventListener("click", function () {
      var url = button.getAttribute("data-copy-link") || window.location.href;
      navigator.clipboard.writeText(url).then(function () { say("链接已复制"); });
    });
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

/* ---------- 草稿：带 data-draft 的表单，打的字存在这台设备上，登录过期也不丢；一人一份，按网址分开，存一周 ---------- */
(function () {
  "use strict";

  var PREFIX = "draft:";
  var user = document.body.getAttribute("data-user");
  if (!window.localStorage) return;
  if (!user) {
    /* 登录页：接下来回到原页时，草稿还没有交上去。 */
    sessionStorage.setItem("draft-login", "1");
    return;
  }

  var SKIP = /^(password|file|hidden|submit|button)$/;
  var WEEK = 7 * 24 * 3600 * 1000;

  function keyOf(form, index) {
    return PREFIX + user + ":" + window.location.pathname + window.location.search + ":" + index;
  }

  function fields(form) {
    return Array.prototype.filter.call(form.elements, function (field) {
      return field.name && !SKIP.test(field.type) && !field.hasAttribute("data-no-draft");
    });
  }

  function values(form) {
    return fields(form).map(function (field) {
      var checkable = field.type === "checkbox" || field.type === "radio";
      if (field.multiple) {
        return [field.name, null, Array.prototype.map.call(field.selectedOptions, function (o) { return o.value; })];
      }
      return [field.name, checkable ? field.value : null, checkable ? field.checked : field.value];
    });
  }

  function restore(form, saved) {
    var changed = false;
    fields(form).forEach(function (field, index) {
      var entry = saved[index];
      if (!entry || entry[0] !== field.name) return;
      if (field.type === "checkbox" || field.type === "radio") {
        if (entry[1] !== field.value || field.checked === entry[2]) return;
        field.checked = entry[2];
      } else if (field.multiple) {
        Array.prototype.forEach.call(field.options, function (o) { o.selected = entry[2].indexOf(o.value) >= 0; });
        return;
      } else {
        if (field.value === entry[2]) return;
        field.value = entry[2];
      }
      changed = true;
      field.dispatchEvent(new Event("change", { bubbles: true }));
    });
    return changed;
  }

  function tidy() {
    Object.keys(localStorage).forEach(function (key) {
      if (key.indexOf(PREFIX) !== 0) return;
      try {
        if (Date.now() - JSON.parse(localStorage.getItem(key)).at > WEEK) localStorage.removeItem(key);
      } catch (error) {
        localStorage.removeItem(key);
      }
    });
  }

  function tell(form, key) {
    var note = document.createElement("p");
    note.className = "notice mb-2";
    note.setAttribute("role", "status");
    note.textContent = "已恢复上次没有提交的内容。";
    var drop = document.createElement("button");
    drop.type = "button";
    drop.className = "btn btn--link end";
    drop.textContent = "不要了";
    drop.addEventListener("click", function () {
      localStorage.removeItem(key);
      form.reset();
      note.remove();
    });
    note.appendChild(drop);
    form.insertBefore(note, form.firstChild);
  }

  /* 上一页交上去的草稿已经收下，除非中间登录过、页面报错，或者是刷新和后退。 */
  function settle() {
    var sent = sessionStorage.getItem("draft-sent");
    var signedIn = sessionStorage.getItem("draft-login");
    var arrival = performance.getEntriesByType("navigation")[0];
    sessionStorage.removeItem("draft-sent");
    sessionStorage.removeItem("draft-login");
    if (!sent || signedIn || document.querySelector("[data-error-summary]")) return;
    if (!arrival || arrival.type === "navigate") localStorage.removeItem(sent);
  }

  settle();
  tidy();

  Array.prototype.forEach.call(document.querySelectorAll("form[data-draft]"), function (form, index) {
    var key = keyOf(form, index);
    var stored = localStorage.getItem(key);
    var timer;
    if (stored && !document.querySelector("[data-error-summary]")) {
      try {
        if (restore(form, JSON.parse(stored).values)) tell(form, key);
      } catch (error) {
        localStorage.removeItem(key);
      }
    }
    function keep() {
      clearTimeout(timer);
      try {
        localStorage.setItem(key, JSON.stringify({ at: Date.now(), values: values(form) }));
      } catch (error) { /* 存储满了：照常提交 */ }
    }
    form.addEventListener("input", function () { clearTimeout(timer); timer = setTimeout(keep, 300); });
    form.addEventListener("change", keep);
    form.addEventListener("submit", function () {
      keep();
      sessionStorage.setItem("draft-sent", key);
    });
  });
})();
