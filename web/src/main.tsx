import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "uplot/dist/uPlot.min.css";
import "./styles.css";
import { App } from "./app.tsx";
import { SectionBoundary } from "./components/feedback.tsx";

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");

const client = new QueryClient({ defaultOptions: { queries: { retry: 1, staleTime: 1_000 } } });

createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <SectionBoundary name="The dashboard">
        <App />
      </SectionBoundary>
    </QueryClientProvider>
  </StrictMode>,
);
