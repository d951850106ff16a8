import { AppError } from '#src/domain/app-error.ts';
import type { ClassifiedImage, ClassifyResult, LabelledUpload } from '#src/pipeline/classify-images.ts';
import type { ItemResult } from '#src/pipeline/item-result.ts';
import { withAnalysisRequest } from '#src/http/analysis-operation.ts';
import { analysisBody } from '#src/http/analysis-body.ts';
import { renderFailedItem, reportItems, statusOf } from '#src/http/analysis-reply.ts';
import { analysisErrors } from '#src/http/error-responses.ts';
import type { Operation } from '#src/http/operation.ts';
import {
  classificationJsonBodySchema,
  classificationOptionKinds,
  classificationOptionsSchema,
  classificationResponseSchema,
  labelSchema,
} from '#src/http/schemas/classifications.ts';
import { classificationsExample, someClassificationsExample } from '#src/http/schemas/reply-examples.ts';
import { tinyPngDataUri } from '#src/http/schemas/example-image.ts';

const operationId = 'createClassifications';
const jsonOf = (example: unknown) => ({
  'application/json': { schema: classificationResponseSchema, example },
});

function assertLabels(examples: readonly LabelledUpload[]): void {
  const faults = examples.flatMap(({ label }, index) => {
    const parsed = labelSchema.safeParse(label);
    if (parsed.success) return [];
    return [
      { pointer: `/examples/${index}/label`, detail: parsed.error.issues[0]?.message ?? 'Not a label.' },
    ];
  });
  if (faults.length > 0)
    throw new AppError('malformed-request', 'A label is not usable.', { faults: faults.slice(0, 20) });
}

function renderItem(item: ItemResult<ClassifiedImage>) {
  if (!item.ok) return renderFailedItem(item.index, item.error);
  const { classification, source, advisories } = item.value;
  return {
    object: 'classification' as const,
    index: item.index,
    label: classification.label,
    probabilities: Object.fromEntries(classification.probabilities),
    similarities: Object.fromEntries(classification.similarities),
    source,
    advisories,
  };
}

function renderBody(result: ClassifyResult, options: { method: 'prototypes' | 'knn'; temperature: number }) {
  return {
    object: 'list' as const,
    data: result.items.map(renderItem),
    model: result.model.spec.name,
    method: {
      name: options.method,
      temperature: options.temperature,
      k: result.k,
      calibrated: false as const,
    },
    classes: result.classes,
    exampleCheck: result.exampleCheck,
    provenance: result.provenance,
    advisories: result.advisories,
  };
}

/** `POST /v1/classifications` with labelled examples in the call: few-shot, nothing trained, nothing stored. */
export const createClassifications: Operation = {
  route: {
    operationId,
    method: 'post',
    path: '/v1/classifications',
    tags: ['analysis'],
    summary: 'Classify images by labelled examples',
    description:
      'Few-shot: parts named `example:<label>` (or `examples` in JSON) teach the classes, `file` parts are judged. ' +
      'Probabilities are a softmax of cosine similarities and are not calibrated; `exampleCheck` says how well the examples predict each other.',
    request: {
      query: classificationOptionsSchema.partial(),
      body: analysisBody(
        classificationJsonBodySchema,
        {
          options: { type: 'string', description: 'Options as JSON.' },
          'example:<label>': {
            type: 'array',
            items: { type: 'string', format: 'binary' },
            description: 'Examples of one label.',
          },
          examples: {
            type: 'string',
            format: 'binary',
            description: 'A zip archive of examples; the folder a file lies in is its label.',
          },
        },
        {
          input: tinyPngDataUri,
          examples: [
            { label: 'dark', input: tinyPngDataUri },
            { label: 'bright', input: tinyPngDataUri },
          ],
        },
        {
          options: '{"method":"prototypes"}',
          file: ['(the bytes of an image)'],
          'example:normal': ['(the bytes of an image)', '(the bytes of another)'],
          'example:pneumonia': ['(the bytes of an image)', '(the bytes of another)'],
        },
      ),
    },
    responses: {
      200: { description: 'Every image was classified.', content: jsonOf(classificationsExample) },
      207: {
        description: 'Some images failed; each failed item carries its error.',
        content: jsonOf(someClassificationsExample),
      },
      ...analysisErrors,
    },
  },
  create: (deps) => (c) => {
    const shape = { schema: classificationOptionsSchema, kinds: classificationOptionKinds };
    return withAnalysisRequest(deps, c, shape, async ({ items, examples, options, timings, ctx }) => {
      assertLabels(examples);
      const choice = { ...options, model: options.model, k: options.k };
      const result = await deps.classifyImages(items, examples, choice, timings, ctx);
      reportItems(deps, operationId, ctx.requestId, result.items);
      const status = statusOf(result.items);
      return c.json(renderBody(result, options), status);
    });
  },
};
