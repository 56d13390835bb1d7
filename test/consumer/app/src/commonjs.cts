import workflow = require('@luxgen/workflow');

if (typeof workflow.WorkflowModule !== 'function')
  throw new Error('require() gave no WorkflowModule');
