"""Runs `model.onnx` of its version folder with ONNX Runtime inside Triton's Python backend.

For a Triton without an ONNX Runtime backend. One thread an instance: Triton runs several instances instead.
"""

import json
from pathlib import Path

import numpy as np
import onnxruntime as ort
import triton_python_backend_utils as pb_utils


class TritonPythonModel:
    def initialize(self, args):
        config = json.loads(args["model_config"])
        self.input_name = config["input"][0]["name"]
        self.output_names = [output["name"] for output in config["output"]]
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        path = Path(args["model_repository"]) / args["model_version"] / "model.onnx"
        self.session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def execute(self, requests):
        """One run for all requests that the dynamic batcher merged, and for the union of their outputs."""
        # as_numpy is a view of shared memory; a request that is alone reaches the session without a copy.
        images = [pb_utils.get_input_tensor_by_name(request, self.input_name).as_numpy() for request in requests]
        batch = images[0] if len(images) == 1 else np.concatenate(images)
        asked = [request.requested_output_names() for request in requests]
        # In the order of the configuration: what Triton hands over is a set, whose order changes with every start.
        wanted = [[name for name in self.output_names if name in outputs] for outputs in asked]
        names = [name for name in self.output_names if any(name in outputs for outputs in asked)]
        try:
            values = dict(zip(names, self.session.run(names, {self.input_name: batch})))
        except Exception as error:  # noqa: BLE001 - whatever the runtime throws concerns these requests only
            failure = pb_utils.TritonError(f"the graph failed: {error}")
            return [pb_utils.InferenceResponse(error=failure) for _ in requests]
        ends = np.cumsum([len(image) for image in images])
        responses = []
        for image, end, outputs in zip(images, ends, wanted):
            start = end - len(image)
            # Slices along the batch axis stay contiguous.
            tensors = [pb_utils.Tensor(name, values[name][start:end]) for name in outputs]
            responses.append(pb_utils.InferenceResponse(output_tensors=tensors))
        return responses
