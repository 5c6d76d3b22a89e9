/**
 * Where the text of the study (Prakash and Martin 2026, arXiv 2602.02859, appendix B) and its published notebook
 * define a measure differently: `paper` is the text.
 */
export type Variant = "paper" | "notebook";

/** Examples of the one batch on which the notebook measures. */
export const NOTEBOOK_BATCH = 200;
