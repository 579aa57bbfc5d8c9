import { render } from "preact";
import { listen } from "./state";
import "./style.css";
import { App } from "./ui/App";

listen();
const root = document.getElementById("root");
if (root) render(<App />, root);
