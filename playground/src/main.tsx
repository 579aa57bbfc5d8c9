import { render } from "preact";
import { listen, problem } from "./state";
import "./style.css";
import { App } from "./ui/App";

listen();
// What Discord refuses is told to whoever asked, wherever they asked for it.
addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  problem.value = event.reason instanceof Error ? event.reason.message : String(event.reason);
});
const root = document.getElementById("root");
if (root) render(<App />, root);
