import model from "../../models/sentiment-student.json" with { type: "json" };
import { readStudent, type Student } from "./student.ts";

const reading = readStudent(model);
// The file is part of the code: a test holds the two together, so that this can be no failure of a run.
if (!reading.ok) throw new Error(`models/sentiment-student.json: ${reading.reason} ${reading.detail ?? ""}`);

/** The model that comes with the code. */
export const STUDENT: Student = reading.value;
