// deno-lint-ignore-file no-explicit-any -- the addon's messages have no types of their own
import type { Attribute, Graph, GraphNode } from "./graph.ts";

/** The graph version of TensorFlow 2.21; older producers get older defaults. */
const PRODUCER = 1882;

/** Writes graphs as SavedModels without variables, by the addon's own protobuf messages. */
export function savedModel(messages: any, graph: Graph): Uint8Array {
  const definition = new messages.GraphDef(), versions = new messages.VersionDef();
  versions.setProducer(PRODUCER);
  definition.setVersions(versions);
  definition.setNodeList(graph.map((node) => nodeMessage(messages, node)));
  const info = new messages.MetaGraphDef.MetaInfoDef();
  info.setTagsList(["serve"]);
  const meta = new messages.MetaGraphDef();
  meta.setMetaInfoDef(info);
  meta.setGraphDef(definition);
  const model = new messages.SavedModel();
  model.setSavedModelSchemaVersion(1);
  model.setMetaGraphsList([meta]);
  return model.serializeBinary();
}

function nodeMessage(messages: any, { name, op, inputs, attributes }: GraphNode): any {
  const node = new messages.NodeDef();
  node.setName(name);
  node.setOp(op);
  node.setInputList([...inputs]);
  for (const [key, attribute] of Object.entries(attributes)) {
    node.getAttrMap().set(key, attributeMessage(messages, attribute));
  }
  return node;
}

function attributeMessage(messages: any, { kind, value }: Attribute): any {
  const message = new messages.AttrValue();
  const list = () => {
    const values = new messages.AttrValue.ListValue();
    message.setList(values);
    return values;
  };
  switch (kind) {
    case "type":
      message.setType(value);
      break;
    case "shape":
      message.setShape(shapeMessage(messages, value));
      break;
    case "tensor": {
      const tensor = new messages.Tensor();
      tensor.setDtype(value.dtype);
      tensor.setTensorShape(shapeMessage(messages, value.shape));
      tensor.setTensorContent(value.bytes);
      message.setTensor(tensor);
      break;
    }
    case "int":
      typeof value === "number" ? message.setI(value) : list().setIList([...value]);
      break;
    case "float":
      typeof value === "number" ? message.setF(value) : list().setFList([...value]);
      break;
    case "bool":
      typeof value === "boolean" ? message.setB(value) : list().setBList([...value]);
      break;
    case "string":
      message.setS(new TextEncoder().encode(value));
      break;
    default:
      return kind satisfies never;
  }
  return message;
}

function shapeMessage(messages: any, shape: readonly number[]): any {
  const message = new messages.TensorShape();
  message.setDimList(shape.map((size) => {
    const dim = new messages.TensorShape.Dim();
    dim.setSize(size);
    return dim;
  }));
  return message;
}
