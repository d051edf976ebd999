// The arrows beside chapters with exercises get a name for those who do not see them.
addEventListener("DOMContentLoaded", () => {
    for (const summary of document.querySelectorAll(".bd-sidebar-primary details > summary")) {
        const chapter = summary.closest("li").querySelector("a").textContent.trim();
        summary.setAttribute("aria-label", `Pages under ${chapter}`);
    }
});
