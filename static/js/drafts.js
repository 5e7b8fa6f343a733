/* 草稿：打的字不丢。
   带 data-draft 的表单，打的字存在这台设备上（localStorage，一人一份，按网址分开，存一周，退出登录就清掉）；
   带 data-autosave 的长文字，同时存到服务器，换一台电脑也能接着写。密码、文件从不保存。
   打开时的版本（opened）跟着草稿走：恢复以后再交，别人中间改过的照样看得见。 */

const PREFIX = "draft:";
const WEEK = 7 * 24 * 3600 * 1000;
const SKIP = /^(password|file|submit|button|hidden)$/;
const user = document.body.getAttribute("data-user");
const here = location.pathname + location.search;

function keyOf(index) {
  return PREFIX + user + ":" + here + ":" + index;
}

function fields(form) {
  return Array.from(form.elements).filter(function (field) {
    if (!field.name || field.hasAttribute("data-no-draft")) return false;
    return field.name === "opened" || !SKIP.test(field.type);
  });
}

/* 页面送来时的值：脚本到得晚，打开以后可能已经写了字。 */
function sent(field) {
  if (field.tagName !== "SELECT") return field.defaultValue;
  const chosen = Array.from(field.options).find(function (o) { return o.defaultSelected; }) || field.options[0];
  return chosen ? chosen.value : "";
}

function values(form, isAsSent) {
  return fields(form).map(function (field) {
    const isChosen = function (o) { return isAsSent ? o.defaultSelected : o.selected; };
    if (field.multiple) return [field.name, null, Array.from(field.options).filter(isChosen).map(function (o) { return o.value; })];
    if (field.type === "checkbox" || field.type === "radio") {
      return [field.name, field.value, isAsSent ? field.defaultChecked : field.checked];
    }
    return [field.name, null, isAsSent ? sent(field) : field.value];
  });
}

function isTyped(form) {
  return JSON.stringify(values(form)) !== JSON.stringify(values(form, true));
}

function put(field, entry) {
  if (field.type === "checkbox" || field.type === "radio") {
    if (entry[1] !== field.value || field.checked === entry[2]) return false;
    field.checked = entry[2];
  } else if (field.multiple) {
    Array.from(field.options).forEach(function (o) { o.selected = entry[2].indexOf(o.value) >= 0; });
    return false;
  } else {
    if (field.value === entry[2]) return false;
    field.value = entry[2];
  }
  field.dispatchEvent(new Event("change", { bubbles: true }));
  return field.name !== "opened";
}

function restore(form, saved) {
  return fields(form).filter(function (field, index) {
    const entry = saved[index];
    return entry && entry[0] === field.name && put(field, entry);
  }).length > 0;
}

/* 没有写过字，只是打开过：不算草稿，也不带着旧版本。 */
function isTouched(saved, form) {
  const now = values(form);
  return saved.some(function (entry, index) {
    return entry[0] !== "opened" && JSON.stringify(entry) !== JSON.stringify(now[index]);
  });
}

function mine(act) {
  Object.keys(localStorage).filter(function (key) { return key.indexOf(PREFIX + user + ":") === 0; }).forEach(act);
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
  const note = document.createElement("p");
  note.className = "notice mb-2";
  note.setAttribute("role", "status");
  note.textContent = "已恢复上次没有提交的内容。照片、附件要重新选择。";
  const drop = document.createElement("button");
  drop.type = "button";
  drop.className = "btn btn--link end";
  drop.textContent = "不要了";
  drop.addEventListener("click", function () {
    localStorage.removeItem(key);
    location.reload();
  });
  note.appendChild(drop);
  form.insertBefore(note, form.firstChild);
}

/* 服务器没有收下的页面：出错、冲突、不能办、校验码过期，和放回表单等着再交的。 */
const isRefused = Boolean(document.querySelector("[data-error-summary], [data-not-saved], [data-kept]"));

/* 上一页交上去的草稿已经收下，除非没有收下、中间登录过，或者是刷新和后退。 */
function settle() {
  const sent = sessionStorage.getItem("draft-sent");
  const isSubmitted = sessionStorage.getItem("draft-submitted");
  const hasSignedIn = sessionStorage.getItem("draft-login");
  const arrival = performance.getEntriesByType("navigation")[0];
  sessionStorage.removeItem("draft-submitted");
  sessionStorage.removeItem("draft-login");
  if (isRefused && isSubmitted) return;
  sessionStorage.removeItem("draft-sent");
  if (!sent || !isSubmitted || hasSignedIn) return;
  if (!arrival || arrival.type === "navigate") localStorage.removeItem(sent);
}

function cookie(name) {
  const found = document.cookie.match(new RegExp("(?:^|; )" + name + "=([^;]*)"));
  return found ? decodeURIComponent(found[1]) : "";
}

/* 在别的标签页重新登录过：用新的校验码交。 */
function freshen(form) {
  const token = form.elements.csrfmiddlewaretoken;
  if (token && cookie("csrftoken")) token.value = cookie("csrftoken");
}

function watch(form, index) {
  const key = keyOf(index);
  let timer = 0;

  const stored = localStorage.getItem(key);
  if (isTyped(form)) keep();
  else if (stored && !isRefused) {
    try {
      const saved = JSON.parse(stored).values;
      if (isTouched(saved, form) && restore(form, saved)) tell(form, key);
    } catch (error) {
      localStorage.removeItem(key);
    }
  }

  function keep() {
    clearTimeout(timer);
    try {
      if (!isTyped(form)) localStorage.removeItem(key);
      else localStorage.setItem(key, JSON.stringify({ at: Date.now(), values: values(form) }));
    } catch (error) { /* 存储满了：照常提交 */ }
  }

  form.addEventListener("input", function () { clearTimeout(timer); timer = setTimeout(keep, 300); });
  form.addEventListener("change", keep);
  form.addEventListener("submit", function () {
    keep();
    freshen(form);
    sessionStorage.setItem("draft-sent", key);
    sessionStorage.setItem("draft-submitted", "1");
  });
}

/* 长文字边写边存到服务器。 */
function autosave(form) {
  const state = form.querySelector("[data-autosave-state]");
  let timer = 0;

  function say(words) {
    if (state) state.textContent = words;
  }

  function save() {
    const pairs = fields(form)
      .filter(function (field) { return field.checked || (field.type !== "checkbox" && field.type !== "radio"); })
      .map(function (field) { return [field.name, field.value]; });
    const action = new URL(form.action, location.href);
    fetch(form.getAttribute("data-autosave"), {
      method: "POST",
      redirect: "error",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": cookie("csrftoken") },
      body: JSON.stringify({ page: here, action: action.pathname + action.search, fields: pairs }),
    }).then(function (answer) { return answer.ok ? answer.json() : Promise.reject(answer); })
      .then(function (body) { say(body.at + " 已自动保存，还没有提交"); })
      .catch(function () { say("暂时存不到服务器，内容留在这台设备上"); });
  }

  form.addEventListener("input", function () { clearTimeout(timer); timer = setTimeout(save, 2000); });
  form.addEventListener("submit", function () { clearTimeout(timer); });
}

settle();
tidy();
document.querySelectorAll("form[data-draft]").forEach(watch);
document.querySelectorAll("form[data-autosave]").forEach(autosave);
document.querySelectorAll("form[data-draft-again]").forEach(function (form) {
  form.addEventListener("submit", function () {
    freshen(form);
    sessionStorage.setItem("draft-submitted", "1");
  });
});
document.querySelectorAll("form[action='/logout/']").forEach(function (form) {
  form.addEventListener("submit", function () { mine(function (key) { localStorage.removeItem(key); }); });
});
