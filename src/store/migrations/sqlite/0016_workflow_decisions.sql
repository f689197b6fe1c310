-- Which decisions are steps of one workflow: they stand in one thread.
CREATE TABLE workflow_decisions (
  workflow TEXT NOT NULL, -- as `workflowKey` names it
  decision_id TEXT NOT NULL REFERENCES decisions (id), -- ids sort by when they were made
  PRIMARY KEY (workflow, decision_id)
) STRICT, WITHOUT ROWID;

-- Those from before this step, where what they were sent with is not erased.
INSERT INTO workflow_decisions (workflow, decision_id)
SELECT coalesce(
  'workflow ' || json_extract(record, '$.payload.run.workflow'),
  'workflow of an agent ' || json_array(agent, json_extract(sealed, '$.proposal.workflow.id'))
), id
FROM decisions WHERE json_extract(sealed, '$.proposal.workflow.id') IS NOT NULL;
