CREATE TABLE `dead_letters` (
	`id` text PRIMARY KEY NOT NULL,
	`seq` integer NOT NULL,
	`at_ms` integer NOT NULL,
	`queue` text NOT NULL,
	`message_id` text NOT NULL,
	`r2_key` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `dead_letters_seq` ON `dead_letters` (`seq`);--> statement-breakpoint
CREATE TABLE `decision_reasons` (
	`decision_id` text NOT NULL,
	`rank` integer NOT NULL,
	`code` text NOT NULL,
	`detail` text,
	`seq` integer NOT NULL,
	`at_ms` integer NOT NULL,
	`outcome` text NOT NULL,
	PRIMARY KEY(`decision_id`, `rank`)
);
--> statement-breakpoint
CREATE INDEX `decision_reasons_at` ON `decision_reasons` (`at_ms`,`code`);--> statement-breakpoint
CREATE INDEX `decision_reasons_code` ON `decision_reasons` (`code`,`seq`);--> statement-breakpoint
CREATE TABLE `decisions` (
	`id` text PRIMARY KEY NOT NULL,
	`seq` integer NOT NULL,
	`at_ms` integer NOT NULL,
	`stage` text NOT NULL,
	`outcome` text NOT NULL,
	`mint` text NOT NULL,
	`pool` text NOT NULL,
	`creator` text,
	`symbol` text NOT NULL,
	`name` text NOT NULL,
	`signature` text NOT NULL,
	`slot` integer,
	`source` text NOT NULL,
	`score` real,
	`parts_json` text NOT NULL,
	`reasons_json` text NOT NULL,
	`findings_json` text NOT NULL,
	`feature_set_version` text,
	`features_json` text NOT NULL,
	`contributions_json` text NOT NULL,
	`explanation_json` text NOT NULL,
	`missing_json` text NOT NULL,
	`liquidity_lamports` text,
	`sol_usd` real,
	`parameter_version` text NOT NULL,
	`model_version` text,
	`arm` text,
	`is_dry_run` integer NOT NULL,
	`latency_ms` integer NOT NULL,
	`is_vetoed` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `decisions_seq` ON `decisions` (`seq`);--> statement-breakpoint
CREATE INDEX `decisions_at` ON `decisions` (`at_ms`);--> statement-breakpoint
CREATE INDEX `decisions_mint` ON `decisions` (`mint`,`seq`);--> statement-breakpoint
CREATE INDEX `decisions_creator` ON `decisions` (`creator`,`at_ms`);--> statement-breakpoint
CREATE INDEX `decisions_outcome` ON `decisions` (`outcome`,`seq`);--> statement-breakpoint
CREATE TABLE `denylist` (
	`subject` text NOT NULL,
	`value` text NOT NULL,
	`seq` integer NOT NULL,
	`at_ms` integer NOT NULL,
	`is_active` integer NOT NULL,
	`reason` text NOT NULL,
	`author` text NOT NULL,
	PRIMARY KEY(`subject`, `value`)
);
--> statement-breakpoint
CREATE INDEX `denylist_seq` ON `denylist` (`seq`);--> statement-breakpoint
CREATE TABLE `equity` (
	`id` text PRIMARY KEY NOT NULL,
	`seq` integer NOT NULL,
	`at_ms` integer NOT NULL,
	`ledger` text NOT NULL,
	`is_dry_run` integer NOT NULL,
	`equity_lamports` text NOT NULL,
	`cash_lamports` text NOT NULL,
	`reserved_lamports` text NOT NULL,
	`positions_lamports` text NOT NULL,
	`realised_lamports` text NOT NULL,
	`peak_lamports` text NOT NULL,
	`drawdown_bps` integer NOT NULL,
	`open_positions` integer NOT NULL,
	`sol_usd` real NOT NULL
);
--> statement-breakpoint
CREATE INDEX `equity_ledger` ON `equity` (`ledger`,`at_ms`);--> statement-breakpoint
CREATE INDEX `equity_day` ON `equity` (`ledger`,at_ms / 86400000,`drawdown_bps`);--> statement-breakpoint
CREATE TABLE `experiments` (
	`experiment_id` text PRIMARY KEY NOT NULL,
	`seq` integer NOT NULL,
	`at_ms` integer NOT NULL,
	`champion_version` text NOT NULL,
	`challenger_version` text NOT NULL,
	`status` text NOT NULL,
	`started_at_ms` integer NOT NULL,
	`ended_at_ms` integer,
	`share_bps` integer NOT NULL,
	`reason` text,
	`evidence_json` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `experiments_started` ON `experiments` (`started_at_ms`);--> statement-breakpoint
CREATE TABLE `fills` (
	`id` text PRIMARY KEY NOT NULL,
	`seq` integer NOT NULL,
	`at_ms` integer NOT NULL,
	`position_id` text NOT NULL,
	`ledger` text NOT NULL,
	`is_dry_run` integer NOT NULL,
	`mint` text NOT NULL,
	`side` text NOT NULL,
	`attempt` integer NOT NULL,
	`slot` integer NOT NULL,
	`base_amount` text NOT NULL,
	`quote_lamports` text NOT NULL,
	`venue_fee_lamports` text NOT NULL,
	`network_cost_lamports` text NOT NULL,
	`rent_lamports` text NOT NULL,
	`impact_bps` integer NOT NULL,
	`parameter_version` text NOT NULL,
	`model_version` text
);
--> statement-breakpoint
CREATE INDEX `fills_position` ON `fills` (`position_id`);--> statement-breakpoint
CREATE INDEX `fills_at` ON `fills` (`at_ms`);--> statement-breakpoint
CREATE TABLE `incidents` (
	`incident_id` text PRIMARY KEY NOT NULL,
	`seq` integer NOT NULL,
	`updated_at_ms` integer NOT NULL,
	`code` text NOT NULL,
	`subject` text NOT NULL,
	`detail` text NOT NULL,
	`severity` text NOT NULL,
	`status` text NOT NULL,
	`raised_at_ms` integer NOT NULL,
	`author` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `incidents_code` ON `incidents` (`code`,`seq`);--> statement-breakpoint
CREATE TABLE `intents` (
	`intent_id` text PRIMARY KEY NOT NULL,
	`seq` integer NOT NULL,
	`updated_at_ms` integer NOT NULL,
	`position_id` text NOT NULL,
	`ledger` text NOT NULL,
	`mint` text NOT NULL,
	`side` text NOT NULL,
	`status` text NOT NULL,
	`amount_in` text NOT NULL,
	`min_out` text NOT NULL,
	`signature` text,
	`last_valid_block_height` integer,
	`compute_unit_limit` integer,
	`priority_fee_lamports` text,
	`tip_lamports` text,
	`sends` integer NOT NULL,
	`slot` integer,
	`reason` text,
	`detail` text,
	`market_at_ms` integer,
	`first_send_at_ms` integer,
	`predicted_json` text NOT NULL,
	`actual_json` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `intents_position` ON `intents` (`position_id`);--> statement-breakpoint
CREATE INDEX `intents_status` ON `intents` (`status`,`updated_at_ms`);--> statement-breakpoint
CREATE INDEX `intents_signature` ON `intents` (`signature`);--> statement-breakpoint
CREATE TABLE `late_features` (
	`decision_id` text PRIMARY KEY NOT NULL,
	`seq` integer NOT NULL,
	`at_ms` integer NOT NULL,
	`mint` text NOT NULL,
	`feature_set_version` text NOT NULL,
	`as_of_slot` integer NOT NULL,
	`as_of_ms` integer NOT NULL,
	`features_json` text NOT NULL,
	`sources_json` text NOT NULL,
	`rpc_calls` integer NOT NULL,
	`credits` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `late_features_mint` ON `late_features` (`mint`);--> statement-breakpoint
CREATE TABLE `ledger_postings` (
	`record_id` text NOT NULL,
	`rank` integer NOT NULL,
	`seq` integer NOT NULL,
	`at_ms` integer NOT NULL,
	`ledger` text NOT NULL,
	`is_dry_run` integer NOT NULL,
	`movement` text NOT NULL,
	`position_id` text,
	`account` text NOT NULL,
	`lamports` text NOT NULL,
	PRIMARY KEY(`record_id`, `rank`)
);
--> statement-breakpoint
CREATE INDEX `ledger_postings_ledger` ON `ledger_postings` (`ledger`,`seq`);--> statement-breakpoint
CREATE INDEX `ledger_postings_position` ON `ledger_postings` (`position_id`);--> statement-breakpoint
CREATE INDEX `ledger_postings_flow` ON `ledger_postings` (`ledger`,`at_ms`) WHERE movement = 'flow';--> statement-breakpoint
CREATE TABLE `live_modes` (
	`id` text PRIMARY KEY NOT NULL,
	`seq` integer NOT NULL,
	`at_ms` integer NOT NULL,
	`mode` text NOT NULL,
	`author` text NOT NULL,
	`reason` text,
	`preflight_json` text
);
--> statement-breakpoint
CREATE TABLE `locks` (
	`ledger` text NOT NULL,
	`lock_id` text NOT NULL,
	`seq` integer NOT NULL,
	`at_ms` integer NOT NULL,
	`scope` text NOT NULL,
	`value` text,
	`until_ms` integer,
	`reason` text NOT NULL,
	`author` text NOT NULL,
	`status` text NOT NULL,
	PRIMARY KEY(`ledger`, `lock_id`)
);
--> statement-breakpoint
CREATE INDEX `locks_seq` ON `locks` (`seq`);--> statement-breakpoint
CREATE TABLE `model_events` (
	`id` text PRIMARY KEY NOT NULL,
	`seq` integer NOT NULL,
	`at_ms` integer NOT NULL,
	`name` text NOT NULL,
	`version` text NOT NULL,
	`event` text NOT NULL,
	`reason` text
);
--> statement-breakpoint
CREATE INDEX `model_events_seq` ON `model_events` (`seq`);--> statement-breakpoint
CREATE TABLE `orders` (
	`order_id` text PRIMARY KEY NOT NULL,
	`seq` integer NOT NULL,
	`at_ms` integer NOT NULL,
	`position_id` text NOT NULL,
	`ledger` text NOT NULL,
	`is_dry_run` integer NOT NULL,
	`mint` text NOT NULL,
	`side` text NOT NULL,
	`attempt` integer NOT NULL,
	`amount_in` text NOT NULL,
	`min_out` text NOT NULL,
	`slippage_bps` integer NOT NULL,
	`slot` integer NOT NULL,
	`reason` text,
	`parameter_version` text NOT NULL,
	`model_version` text
);
--> statement-breakpoint
CREATE INDEX `orders_position` ON `orders` (`position_id`);--> statement-breakpoint
CREATE INDEX `orders_seq` ON `orders` (`seq`);--> statement-breakpoint
CREATE TABLE `parameter_sets` (
	`version` text PRIMARY KEY NOT NULL,
	`seq` integer NOT NULL,
	`at_ms` integer NOT NULL,
	`parent` text,
	`author` text NOT NULL,
	`status` text NOT NULL,
	`parameters_json` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `parameter_sets_status` ON `parameter_sets` (`status`,`seq`);--> statement-breakpoint
CREATE TABLE `positions` (
	`position_id` text PRIMARY KEY NOT NULL,
	`seq` integer NOT NULL,
	`updated_at_ms` integer NOT NULL,
	`ledger` text NOT NULL,
	`is_dry_run` integer NOT NULL,
	`mint` text NOT NULL,
	`pool` text NOT NULL,
	`symbol` text NOT NULL,
	`status` text NOT NULL,
	`score` real NOT NULL,
	`reason` text,
	`opened_at_ms` integer,
	`base_amount` text NOT NULL,
	`cost_lamports` text NOT NULL,
	`value_lamports` text,
	`stop_loss_bps` integer NOT NULL,
	`take_profit_bps` integer NOT NULL,
	`sold_bps` integer,
	`peak_return_bps` integer,
	`deadline_ms` integer NOT NULL,
	`parameter_version` text NOT NULL,
	`model_version` text
);
--> statement-breakpoint
CREATE INDEX `positions_seq` ON `positions` (`seq`);--> statement-breakpoint
CREATE INDEX `positions_status` ON `positions` (`status`,`seq`);--> statement-breakpoint
CREATE TABLE `price_paths` (
	`id` text PRIMARY KEY NOT NULL,
	`seq` integer NOT NULL,
	`mint` text NOT NULL,
	`pool` text NOT NULL,
	`started_at_ms` integer NOT NULL,
	`horizon_ms` integer NOT NULL,
	`is_complete` integer NOT NULL,
	`samples` integer NOT NULL,
	`closed_at_ms` integer NOT NULL,
	`change` real
);
--> statement-breakpoint
CREATE INDEX `price_paths_mint` ON `price_paths` (`mint`);--> statement-breakpoint
CREATE INDEX `price_paths_closed` ON `price_paths` (`closed_at_ms`);--> statement-breakpoint
CREATE TABLE `projection_state` (
	`name` text PRIMARY KEY NOT NULL,
	`seq` integer NOT NULL,
	`updated_at_ms` integer NOT NULL,
	`hash` text
);
--> statement-breakpoint
CREATE TABLE `rejections` (
	`id` text PRIMARY KEY NOT NULL,
	`seq` integer NOT NULL,
	`at_ms` integer NOT NULL,
	`signature` text,
	`slot` integer,
	`source` text NOT NULL,
	`reason` text NOT NULL,
	`detail` text
);
--> statement-breakpoint
CREATE INDEX `rejections_seq` ON `rejections` (`seq`);--> statement-breakpoint
CREATE TABLE `trades` (
	`position_id` text PRIMARY KEY NOT NULL,
	`seq` integer NOT NULL,
	`signal_id` text NOT NULL,
	`ledger` text NOT NULL,
	`is_dry_run` integer NOT NULL,
	`mint` text NOT NULL,
	`pool` text NOT NULL,
	`symbol` text NOT NULL,
	`score` real NOT NULL,
	`opened_at_ms` integer NOT NULL,
	`closed_at_ms` integer NOT NULL,
	`hold_ms` integer NOT NULL,
	`base_amount` text NOT NULL,
	`cost_lamports` text NOT NULL,
	`proceeds_lamports` text NOT NULL,
	`fees_lamports` text NOT NULL,
	`pnl_lamports` text NOT NULL,
	`return_bps` integer NOT NULL,
	`exit_reason` text NOT NULL,
	`parameter_version` text NOT NULL,
	`model_version` text
);
--> statement-breakpoint
CREATE INDEX `trades_seq` ON `trades` (`seq`);--> statement-breakpoint
CREATE INDEX `trades_ledger` ON `trades` (`ledger`,`closed_at_ms`);--> statement-breakpoint
CREATE INDEX `trades_exit_reason` ON `trades` (`exit_reason`,`seq`);--> statement-breakpoint
CREATE TABLE `trading_state` (
	`ledger` text PRIMARY KEY NOT NULL,
	`seq` integer NOT NULL,
	`at_ms` integer NOT NULL,
	`state` text NOT NULL,
	`reason` text,
	`author` text NOT NULL,
	`note` text
);
--> statement-breakpoint
CREATE TABLE `models` (
	`name` text NOT NULL,
	`version` text NOT NULL,
	`family` text NOT NULL,
	`status` text NOT NULL,
	`reason` text,
	`detail` text,
	`trained_at_ms` integer NOT NULL,
	`rows_train` integer NOT NULL,
	`rows_holdout` integer NOT NULL,
	`metrics_json` text NOT NULL,
	`sha256` text NOT NULL,
	`bytes` integer NOT NULL,
	`artifact_key` text NOT NULL,
	`signature_hash` text NOT NULL,
	`feature_set_version` text NOT NULL,
	`dataset_hash` text NOT NULL,
	`parent_version` text,
	PRIMARY KEY(`name`, `version`)
);
--> statement-breakpoint
CREATE INDEX `models_trained_at` ON `models` (`trained_at_ms`);--> statement-breakpoint
CREATE TABLE `studies` (
	`id` text PRIMARY KEY NOT NULL,
	`started_at_ms` integer NOT NULL,
	`ended_at_ms` integer,
	`trials` integer NOT NULL,
	`candidates` integer NOT NULL,
	`best_value` real,
	`baseline_value` real,
	`best_parameters_json` text,
	`base_version` text NOT NULL,
	`outcome` text NOT NULL,
	`reason` text,
	`proposed_version` text,
	`evidence_json` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `studies_started_at` ON `studies` (`started_at_ms`);--> statement-breakpoint
CREATE TABLE `study_trials` (
	`study_id` text NOT NULL,
	`number` integer NOT NULL,
	`parameters_json` text NOT NULL,
	`value` real NOT NULL,
	`trades` integer NOT NULL,
	`mean_return_bps` real NOT NULL,
	PRIMARY KEY(`study_id`, `number`)
);
--> statement-breakpoint
CREATE TABLE `training_runs` (
	`id` text PRIMARY KEY NOT NULL,
	`kind` text NOT NULL,
	`instance_id` text NOT NULL,
	`attempt` integer NOT NULL,
	`status` text NOT NULL,
	`step` text NOT NULL,
	`started_at_ms` integer NOT NULL,
	`heartbeat_at_ms` integer NOT NULL,
	`ended_at_ms` integer,
	`outcome` text,
	`detail` text
);
--> statement-breakpoint
CREATE INDEX `training_runs_status` ON `training_runs` (`status`,`heartbeat_at_ms`);