/* 逐窗巡查：换窗口不等网络。没有这个脚本时，同一页就是普通表单，一窗一页。 */
(function () {
  "use strict";

  const queue = window.mingchuang && window.mingchuang.queue;
  const root = document.querySelector("[data-patrol]");
  const source = document.getElementById("round-data");
  if (!queue || !root || !source) return;

  const data = JSON.parse(source.textContent);
  const form = root.querySelector("[data-form]");
  const stops = data.windows;
  const byId = new Map(stops.map(function (stop) { return [stop.id, stop]; }));
  const known = new Set(data.log.map(function (line) { return line.uuid; }));
  const find = function (name) { return document.querySelector("[data-" + name + "]"); };
  let current = byId.get(Number(form.elements.window.value)) || stops[0];
  let items = [];
  let photos = [];
  let painted = "";

  const PILLS = { ok: ["无问题", "ok", "check"], finding: ["", "bad", "warn"], skipped: ["未查", "", "dash"] };

  /* ---------- 小零件 ---------- */
  function icon(name) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    svg.setAttribute("class", "icon");
    svg.setAttribute("aria-hidden", "true");
    use.setAttribute("href", root.dataset.icons + "#i-" + name);
    svg.appendChild(use);
    return svg;
  }

  function pill(words, tone, name) {
    const tag = document.createElement("span");
    tag.className = "tag" + (tone ? " tag--" + tone : "");
    tag.append(icon(name), words);
    return tag;
  }

  function clear(node) { while (node.firstChild) node.removeChild(node.firstChild); }
  function text(name, words) { find(name).textContent = words; }
  function inHall(at, parts) { // 按大厅的时间写，不按这台设备的时区
    return new Date(at).toLocaleString("zh-CN", Object.assign({ timeZone: root.dataset.zone, hourCycle: "h23" }, parts));
  }
  function clock(at) { return inHall(at, { hour: "2-digit", minute: "2-digit" }); }

  /* ---------- 每个窗口现在怎样：服务器说的，加上这台设备上记的 ---------- */
  function mine() { return items.filter(function (item) { return item.round === data.round.id && !item.undo; }); }

  function stateOf(stop) {
    const here = mine().filter(function (item) { return item.window === stop.id; });
    const found = stop.found + here.filter(function (item) {
      return item.body.result === "finding" && !known.has(item.uuid);
    }).length;
    if (found) return { state: "finding", words: found + " 个问题" };
    if (stop.state === "ok" || here.length) return { state: "ok", words: "无问题" };
    if (stop.state) return { state: stop.state, words: "未查" };
    return { state: "", words: stop.own ? "回避" : "未查" };
  }

  function isDone(stop) { const state = stateOf(stop).state; return state === "ok" || state === "finding"; }

  function after(stop) {
    const at = stops.indexOf(stop);
    const ahead = stops.slice(at + 1).concat(stops.slice(0, at));
    return ahead.find(function (next) { return !next.own && !stateOf(next).state; });
  }

  /* ---------- 画 ---------- */
  function paintRoute() {
    const now = stops.map(function (stop) { return stateOf(stop).words; }).join() + current.id;
    if (now === painted) return;
    painted = now;
    const done = stops.filter(isDone).length;
    text("count", done + "/" + stops.length);
    const meter = document.querySelector(".patrol-bar progress");
    meter.value = done;
    stops.forEach(function (stop) {
      const line = document.querySelector('[data-stop="' + stop.id + '"]');
      const is = stateOf(stop);
      const cell = line.querySelector("[data-state]");
      clear(cell);
      if (stop === current && !is.state) cell.appendChild(pill("当前", "info", "right"));
      else cell.appendChild(pill(is.words, (PILLS[is.state] || [])[1], (PILLS[is.state] || [])[2] || "dash"));
      if (stop === current) line.setAttribute("aria-current", "true");
      else line.removeAttribute("aria-current");
    });
    paintNext();
    paintSeen();
  }

  function paintNext() {
    const next = after(current);
    find("save").textContent = next ? "记下，去 " + next.code : "记下";
  }

  function paintSeen() {
    const is = stateOf(current);
    find("seen").hidden = !is.state;
    text("seen-words", "本轮已查：" + is.words + "。再记会多记一条。");
  }

  function paintLog() {
    const list = find("log");
    const waiting = mine().filter(function (item) { return item.body.result === "finding" && !known.has(item.uuid); });
    const undone = new Set(items.filter(function (item) { return item.undo; }).map(function (item) { return item.uuid; }));
    const old = data.log.filter(function (line) { return !undone.has(line.uuid); });
    clear(list);
    waiting.reverse().forEach(function (item) {
      const tag = item.state === "sent" ? pill("已上传", "ok", "check")
        : item.state === "stuck" ? pill("需要处理", "bad", "warn") : pill("待上传", "warn", "upload");
      list.appendChild(logLine(item.label, clock(item.at) + item.cost, item.link, tag));
    });
    old.forEach(function (line) { list.appendChild(logLine(line.title, line.text, line.url, pill("已上传", "ok", "check"))); });
    const count = waiting.length + old.length;
    text("log-count", count + " 个问题");
    if (!count) list.appendChild(Object.assign(document.createElement("li"), { className: "faint", textContent: "还没有记下问题。" }));
  }

  function logLine(title, words, url, tag) {
    const line = document.createElement("li");
    const box = document.createElement(url ? "a" : "span");
    box.className = "rows__text";
    if (url) box.href = url;
    box.appendChild(document.createElement("strong")).textContent = title;
    box.appendChild(document.createElement("small")).textContent = words;
    line.append(box, tag);
    return line;
  }

  function paintMap() {
    const map = find("map");
    clear(map);
    stops.forEach(function (stop) {
      const is = stateOf(stop).state;
      const link = document.createElement("a");
      link.href = "?w=" + encodeURIComponent(stop.code);
      link.dataset.go = stop.id;
      link.className = stop === current ? "is-now" : is === "ok" ? "is-ok" : is === "finding" ? "is-bad" : "";
      link.setAttribute("aria-label", stop.code + " " + stop.name + "，" + stateOf(stop).words);
      link.append(stop.code, icon(stop === current ? "right" : (PILLS[is] || [])[2] || "dash"));
      map.appendChild(document.createElement("li")).appendChild(link);
    });
  }

  /* ---------- 一个窗口 ---------- */
  function chip(value, name, away) {
    const label = document.createElement("label");
    const input = Object.assign(document.createElement("input"), { type: "radio", name: "who", value: value, disabled: !!away });
    const face = Object.assign(document.createElement("span"), { className: "pick__face", textContent: name });
    if (away) face.appendChild(document.createElement("small")).textContent = away;
    label.append(input, face);
    return label;
  }

  function pick(name, value) {
    form.querySelectorAll('input[name="' + name + '"]').forEach(function (input) {
      input.checked = input.value === String(value) && !input.disabled;
    });
  }

  function picked(name) {
    const input = form.querySelector('input[name="' + name + '"]:checked');
    return input ? input.value : "";
  }

  function preselected(stop) {
    const present = stop.people.filter(function (person) { return !person.away; });
    return present.length === 1 ? present[0].id : "";
  }

  function draftKey(stop) { return [queue.user, data.round.id, stop.id].join(":"); }

  function show(stop) {
    current = stop;
    form.elements.window.value = stop.id;
    text("code", stop.code);
    text("name", stop.name);
    text("unit", stop.unit);
    const at = stops.indexOf(stop);
    step("before", stops[at - 1], "上一个窗口 ", "已是第一个窗口");
    step("after", stops[at + 1], "下一个窗口 ", "已是最后一个窗口");
    const who = find("who");
    clear(who);
    who.appendChild(chip("window", "整个窗口"));
    stop.people.forEach(function (person) { who.appendChild(chip(person.id, person.name, person.away)); });
    pick("who", preselected(stop));
    pick("act", "");
    form.elements.words.value = "";
    photos = [];
    find("own").hidden = !stop.own;
    find("ask").hidden = stop.own;
    document.querySelectorAll("[data-recheck]").forEach(function (part) {
      part.hidden = part.dataset.recheck !== String(stop.id);
    });
    find("ok").disabled = find("save").disabled = stop.own;
    const errors = find("errors");
    clear(errors);
    closeMore();
    paintPhotos();
    paintRoute();
    paintSum();
    history.replaceState(null, "", "?w=" + encodeURIComponent(stop.code));
    window.scrollTo(0, 0);
    return restore(stop);
  }

  function step(name, stop, words, none) {
    const link = document.querySelector('[data-step="' + name + '"]');
    link.href = "?w=" + encodeURIComponent((stop || current).code);
    link.dataset.go = (stop || current).id;
    link.setAttribute("aria-label", stop ? words + stop.code : none);
  }

  async function restore(stop) {
    const draft = await queue.draftOf(draftKey(stop));
    const kept = await queue.photosOf(draftKey(stop));
    if (current !== stop) return;
    if (draft) {
      pick("who", draft.who);
      pick("act", draft.act);
      form.elements.words.value = draft.words;
    }
    photos = kept;
    paintPhotos();
    paintSum();
  }

  function keep() {
    const draft = { key: draftKey(current), who: picked("who"), act: picked("act"), words: form.elements.words.value };
    queue.keepDraft(draft);
  }

  /* ---------- 这一条会怎样 ---------- */
  function summary() {
    const act = data.acts[picked("act")];
    if (!act) return null;
    const person = current.people.find(function (one) { return String(one.id) === picked("who"); });
    const whom = act.subject === "staff" ? (person ? person.name : "") : act.subject === "unit" ? current.unit : "整个窗口";
    const verb = act.bonus ? "加" : "扣";
    const cost = act.points ? verb + (act.subject === "staff" ? "" : act.subject === "unit" ? "单位" : "窗口") + " " + act.cost + " 分" : "只记次数";
    const parts = ["细则 " + act.clause, act.cascade, clock(Date.now()) + " 自动记时"];
    return {
      lacks: whom ? "" : "“" + act.name + "”是记在人身上的，请选是谁。",
      staff: act.subject === "staff" && person ? person.id : null,
      line: [whom || "选是谁", act.name, cost].join(" · "),
      small: parts.filter(Boolean).join("，"),
      label: current.code + " " + (whom || "") + " · " + act.name,
      cost: "，" + cost,
    };
  }

  function paintSum() {
    const now = summary();
    text("sum", now ? now.line : current.code + " " + current.name);
    text("sum-small", now ? now.small : "没有问题就点“无问题”；有问题先选谁、选什么");
    find("sum-small").classList.remove("minus");
    find("ok").querySelector("span").textContent = hasChoice() ? "清除选择" : "无问题";
    find("ok").querySelector("svg").toggleAttribute("hidden", hasChoice());
  }

  function hasChoice() { return !!picked("act") || photos.length > 0 || form.elements.words.value.trim() !== ""; }

  function complain(words, group) {
    text("sum-small", words);
    find("sum-small").classList.add("minus");
    find("sum-small").setAttribute("role", "alert");
    document.getElementById(group).scrollIntoView({ block: "nearest" });
  }

  /* ---------- 记下、无问题、撤销 ---------- */
  function note(body, label, cost, said) {
    const stop = current;
    const at = new Date();
    const item = {
      uuid: queue.newUuid(), round: data.round.id, window: stop.id, at: at.getTime(), url: data.urls.visits,
      label: label, cost: cost,
    };
    item.body = Object.assign({ client_uuid: item.uuid, round: data.round.id, window: stop.id, at: at.toISOString() }, body);
    items = items.concat(Object.assign({ undo: false, state: "waiting" }, item));
    queue.add(item, draftKey(stop)).catch(function () { say("这台设备的存储满了，这一条没有存下，请腾出空间再记。"); });
    const next = after(stop);
    if (next) show(next);
    else { show(stop); say("都查过了，可以结束本轮。"); }
    paintLog();
    toast(stop.code + " " + stop.name + "：" + said, item, stop);
  }

  function noProblem() {
    if (hasChoice()) {
      queue.dropDraft(draftKey(current));
      show(current);
      return;
    }
    note({ result: "ok" }, current.code + " " + current.name + " · 无问题", "", "无问题");
  }

  function save() {
    const now = summary();
    if (!now) return complain("请选发现了什么；没有问题就点“无问题”。", "id_act");
    if (now.lacks) return complain(now.lacks, "id_who");
    const body = { result: "finding", act: Number(picked("act")), words: form.elements.words.value.trim() };
    if (now.staff) body.staff = now.staff;
    return note(body, now.label, now.cost, "已记下" + data.acts[picked("act")].name);
  }

  function say(words) {
    const box = find("toasts");
    clear(box);
    const line = Object.assign(document.createElement("p"), { className: "toast" });
    line.setAttribute("role", "status");
    line.append(icon("check"), Object.assign(document.createElement("span"), { textContent: words }));
    box.appendChild(line);
    setTimeout(function () { line.remove(); }, 10000);
    return line;
  }

  function toast(words, item, stop) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "end", textContent: "撤销" });
    button.addEventListener("click", function () {
      items = items.map(function (one) { return one.uuid === item.uuid ? Object.assign({}, one, { undo: true }) : one; });
      queue.undo(item.uuid);
      show(stop);
      paintLog();
      say("已撤销 " + stop.code + " 的记录");
    });
    say(words).appendChild(button);
  }

  /* ---------- 照片：先存下原片再显示，再在后台缩小 ---------- */
  function takePhotos(files) {
    const stop = current;
    Array.prototype.forEach.call(files, function (file) {
      const now = Date.now();
      const taken = file.lastModified && file.lastModified <= now && now - file.lastModified < 864e5 ? file.lastModified : now;
      const photo = {
        uuid: queue.newUuid(), owner: draftKey(stop), order: now + photos.length, at: taken, raw: true, blob: file,
        mark: stop.code + " " + stop.name + "  " + inHall(taken),
      };
      photos = photos.concat(photo);
      paintSum();
      queue.keepPhoto(photo).then(function () {
        if (stop === current) paintPhotos();
        return window.mingchuang.shrink(file, photo.mark);
      }).then(function (small) { return queue.replacePhoto(photo.uuid, small); }).catch(function () {
        queue.dropPhoto(photo.uuid);
        photos = photos.filter(function (one) { return one !== photo; });
        paintPhotos();
        complain("这张照片读不出来，请重新拍。", "id_act");
      });
    });
  }

  function paintPhotos() {
    const box = find("photos");
    clear(box);
    photos.forEach(function (photo, index) {
      const button = Object.assign(document.createElement("button"), { type: "button", className: "photo photo--thumb" });
      const image = document.createElement("img");
      image.src = URL.createObjectURL(photo.blob);
      image.alt = "照片 " + (index + 1) + "，点按删除";
      image.addEventListener("load", function () { URL.revokeObjectURL(image.src); });
      button.appendChild(image);
      button.addEventListener("click", function () {
        if (!button.dataset.sure) { button.dataset.sure = "1"; image.alt = "再点一次删除"; button.classList.add("is-sure"); return; }
        queue.dropPhoto(photo.uuid);
        photos = photos.filter(function (one) { return one !== photo; });
        paintPhotos();
        paintSum();
      });
      box.appendChild(button);
    });
  }

  /* ---------- 更多 ---------- */
  function closeMore() {
    if (find("all")) find("all").hidden = true;
    filter("");
  }

  function filter(words) {
    const box = find("search");
    if (box && box.value !== words) box.value = words;
    let shown = 0;
    root.querySelectorAll("[data-act]").forEach(function (label) {
      const hit = !words || label.dataset.words.indexOf(words) >= 0;
      label.hidden = !hit;
      shown += hit ? 1 : 0;
    });
    root.querySelectorAll("[data-group]").forEach(function (group) { group.hidden = !group.querySelector("[data-act]:not([hidden])"); });
    const more = find("more");
    if (more) more.hidden = !!words;
    const none = find("none");
    if (none) none.hidden = shown > 0;
  }

  function listen() {
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      const button = event.submitter || document.activeElement;
      if (button && button.closest("[data-ok]")) noProblem();
      else save();
    });
    form.addEventListener("change", function (event) {
      if (event.target.matches("[data-camera]")) {
        takePhotos(event.target.files);
        event.target.value = "";
      } else if (!event.target.matches("[data-search]")) {
        keep();
        paintSum();
      }
    });
    form.addEventListener("input", function (event) {
      if (event.target.name === "words") {
        keep();
        paintSum();
      }
      if (event.target.matches("[data-search]")) filter(event.target.value.trim());
    });
    document.addEventListener("click", function (event) {
      const go = event.target.closest("[data-go]");
      const opener = event.target.closest("[data-open]");
      if (go) {
        event.preventDefault();
        const dialog = go.closest("dialog");
        if (dialog) dialog.close();
        if (Number(go.dataset.go) !== current.id) show(byId.get(Number(go.dataset.go)));
      } else if (opener && document.getElementById(opener.dataset.open).showModal) {
        event.preventDefault();
        paintMap();
        document.getElementById(opener.dataset.open).showModal();
      } else if (event.target.closest("[data-more]")) {
        event.preventDefault();
        find("all").hidden = !find("all").hidden;
        find("search-box").hidden = false;
        if (!find("all").hidden) find("search").focus();
      }
    });
  }

  /* ---------- 断网也能打开这一页（需要 HTTPS 或本机） ---------- */
  function keepShell() {
    if (!navigator.serviceWorker || !window.isSecureContext) return;
    navigator.serviceWorker.register(root.dataset.worker, { scope: "/patrol/" }).then(function () {
      return navigator.serviceWorker.ready;
    }).then(function (registration) {
      const parts = performance.getEntriesByType("resource").map(function (entry) { return entry.name; });
      const files = parts.filter(function (url) { return url.indexOf(location.origin + "/static/") === 0; });
      registration.active.postMessage({ user: queue.user, page: data.urls.page, files: files });
    }).catch(function () { /* 没有它照样能巡查，只是断网时不能重新打开 */ });
    if (navigator.storage && navigator.storage.persist) navigator.storage.persist();
  }

  queue.ready.then(async function (works) {
    if (!works) return;
    items = await queue.all();
    queue.onChange(function (now) { items = now; paintRoute(); paintLog(); });
    listen();
    paintRoute();
    paintLog();
    paintSum();
    await restore(current);
    root.dataset.ready = "1";
    keepShell();
  });
})();
