/** How labelled examples decide: by the mean of each class, or by the votes of the nearest examples. */
export type FewShotMethod = 'prototypes' | 'neighbours';
export const fewShotMethods = ['prototypes', 'neighbours'] as const satisfies readonly FewShotMethod[];

/** An embedding whose label the caller gave. Need not be normalised. */
export interface LabelledEmbedding {
  readonly label: string;
  readonly values: Float32Array;
}

/** What labelled examples say about one image. Every record has each label of the examples as its own key. */
export interface FewShotClassification {
  /** The most probable label; of equals, the first in code unit order. */
  readonly label: string;
  /** Sum to 1. Softmax weights of similarities: an order of preference, not a calibrated chance. */
  readonly probabilities: Readonly<Record<string, number>>;
  /** Cosine with the class prototype, or with the nearest example of the class; −1 to 1. */
  readonly similarities: Readonly<Record<string, number>>;
  readonly method: FewShotMethod;
  readonly temperature: number;
  /** Neighbours that voted; only with method `neighbours`. */
  readonly k?: number;
}

/** A proportion with its 95 % interval. */
export interface ProportionInterval {
  readonly lower: number;
  readonly upper: number;
}

/** How the examples classify each other, each left out in its turn. */
export interface LeaveOneOutCheck {
  readonly method: FewShotMethod;
  /** Examples that were left out and classified: those whose class has another example. */
  readonly checked: number;
  readonly correct: number;
  /** correct / checked; undefined when nothing could be checked. */
  readonly accuracy: number | undefined;
  /** Wilson 95 % interval of the accuracy. */
  readonly interval: ProportionInterval | undefined;
  /** Accuracy of always naming the most frequent label among the checked examples. */
  readonly majorityAccuracy: number | undefined;
  /** Labels with one example: leaving it out leaves nothing to compare with. */
  readonly uncheckedLabels: readonly string[];
}
