/**
 * Names the arithmetic of this folder and of src/imaging. Vectors made with different revisions are not comparable,
 * so it changes whenever one output byte may change.
 */
export const preprocessingRevision = 'tessera-pre-1';
