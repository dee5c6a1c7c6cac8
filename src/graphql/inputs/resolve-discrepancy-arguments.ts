import { IsIn } from 'class-validator';
import { DISCREPANCY_ACTIONS, type DiscrepancyAction } from '../../payments/reconcile/decision.js';
import { DecisionArguments } from './decision-arguments.js';

export class ResolveDiscrepancyArguments extends DecisionArguments {
  // GraphQL checks it first; the input pipe refuses a property without a rule.
  @IsIn(DISCREPANCY_ACTIONS)
  action!: DiscrepancyAction;
}
