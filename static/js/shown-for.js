/* 表单里只在选中某一项时才要填的部分：data-shown-for="字段=值"。没有脚本时一直展开，由服务端校验。 */
(function () {
  "use strict";

  function settle(part) {
    var condition = part.getAttribute("data-shown-for").split("=");
    var form = part.closest("form");
    var chosen = form && form.querySelector("input[name='" + condition[0] + "']:checked");
    part.hidden = !chosen || chosen.value !== condition[1];
  }

  Array.prototype.forEach.call(document.querySelectorAll("[data-shown-for]"), function (part) {
    if (part.getAttribute("data-shown-for-ready")) return;
    part.setAttribute("data-shown-for-ready", "1");
    settle(part);
    part.closest("form").addEventListener("change", function () { settle(part); });
  });
})();
