// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// fullObjects are valid objects. The objects of one kind together set every field of its spec.
func fullObjects() map[string][]client.Object {
	return map[string][]client.Object{
		"MLflowConnection":        {fullConnection(), bearerConnection()},
		"ClusterMLflowConnection": {sharedConnection(), openConnection(), namedConnection()},
		"RegisteredModel":         {fullModel()},
		"ModelPromotion":          {fullPromotion(), latestPromotion(), stagePromotion(), aliasPromotion(), versionPromotion()},
		"ModelClass":              {fullClass()},
		"ModelVersion":            {fullVersion(), loggedVersion(), bucketVersion(), adoptedVersion()},
		"PromotionApproval":       {fullApproval()},
	}
}

func fullConnection() *v1alpha1.MLflowConnection {
	connection := builder.Connection("full").
		URL("https://mlflow.example.com/tracking").
		BasicAuth("mlflow-login").
		CAConfigMap("mlflow-ca").
		Workspace("news").
		PollInterval("30s").
		MaxPollDutyCyclePercent(10).
		Timeout("10s").
		Build()
	connection.Spec.TLS.InsecureSkipVerify = new(false)
	return connection
}

func bearerConnection() *v1alpha1.MLflowConnection {
	return builder.Connection("bearer").BearerAuth("mlflow-token").Build()
}

func sharedConnection() *v1alpha1.ClusterMLflowConnection {
	news := builder.NamespacesWithLabel("team", "news")
	news.Selector.MatchExpressions = []v1alpha1.LabelRequirement{
		{Key: "example.com/tier", Operator: "In", Values: []v1alpha1.LabelValue{"gold", ""}},
	}
	return builder.ClusterConnection("shared").
		FromConnection(builder.Connection("full").URL("https://mlflow.example.com").BasicAuth("mlflow-login").CAConfigMap("mlflow-ca").
			Workspace("news").PollInterval("30s").MaxPollDutyCyclePercent(10).Timeout("10s")).
		AllowedNamespaces(news).
		AllowedModel(builder.Namespaces("news", "search"), "neuro_.*", "staging", "champion").
		AllowedModel(news, "").
		Build()
}

func openConnection() *v1alpha1.ClusterMLflowConnection {
	connection := builder.ClusterConnection("open").
		FromConnection(builder.Connection("bearer").BearerAuth("mlflow-token")).
		AllowedNamespaces(builder.AllNamespaces()).
		AllowedModel(builder.AllNamespaces(), "").
		Build()
	connection.Spec.TLS = &v1alpha1.TLS{InsecureSkipVerify: new(false)}
	return connection
}

func namedConnection() *v1alpha1.ClusterMLflowConnection {
	return builder.ClusterConnection("named").AllowedNamespaces(builder.Namespaces("news", "search")).Build()
}

func fullModel() *v1alpha1.RegisteredModel {
	model := builder.RegisteredModel("full").
		ModelName("neuro_sentiment_classifier").
		Class("neuronews-sentiment").
		Description("News sentiment classification model").
		Owner("nlp-team").
		UseCase("sentiment_analysis").
		DeploymentTarget("production").
		Tag("team", "nlp").
		AdoptionPolicy(v1alpha1.AdoptionPolicyCreateOrAdopt).
		Stages(fullStages()...).
		Retention(builder.KeepLatest(3).ArchiveOthers().KeepTagged("legal_hold", "registry.mlflow-operator.io/promotion.production")).
		DeletionPolicy(v1alpha1.DeletionPolicyDelete).
		Build()
	model.Spec.ConnectionRef.Kind = v1alpha1.ConnectionKindNamespaced
	model.Spec.ManagementPolicy = v1alpha1.ManagementPolicyEnforce
	model.Spec.Suspend = new(false)
	return model
}

func fullStages() []*builder.StageBuilder {
	return []*builder.StageBuilder{
		builder.Stage("staging").MLflowStage("Staging"),
		builder.Stage("production").
			Alias("champion").
			MLflowStage("Production").
			PromotesFrom("staging").
			DriftPolicy(v1alpha1.DriftPolicyRevert).
			RollbackPolicy(v1alpha1.RollbackPolicyTrusted).
			RequiredSoakTime("24h").
			AllowOverrides().
			Gates(fullGates()...),
	}
}

// Indices of the gates in fullGates.
const (
	metricGate     = 0
	comparisonGate = 1
	tagGate        = 4
	approvalGate   = 5
)

func fullGates() []v1alpha1.Gate {
	return []v1alpha1.Gate{
		fullMetricGate(),
		fullComparison("beats-staging", v1alpha1.Baseline{Stage: "staging"}),
		fullComparison("beats-challenger", v1alpha1.Baseline{Alias: "challenger"}),
		fullComparison("beats-first", v1alpha1.Baseline{Version: "1"}),
		fullTagGate(),
		fullApprovalGate(),
	}
}

func fullMetricGate() v1alpha1.Gate {
	gate := builder.MetricGate("accuracy", v1alpha1.Equal, "0.85")
	gate.Metric.Tolerance = "0.01"
	gate.Metric.Source = v1alpha1.MetricSourceLoggedModel
	gate.Metric.Dataset = "holdout"
	gate.Metric.Provenance = v1alpha1.ProvenanceVerified
	gate.Metric.OnMissing = v1alpha1.OnMissingFail
	return gate
}

func fullComparison(name string, against v1alpha1.Baseline) v1alpha1.Gate {
	gate := builder.ComparisonGate("f1_score", v1alpha1.HigherIsBetter)
	gate.Name = name
	gate.Comparison.Baseline = &against
	gate.Comparison.MinAbsoluteChange = "-0.01"
	gate.Comparison.MinRelativeChange = "0.001"
	gate.Comparison.Dataset = "holdout"
	gate.Comparison.Provenance = v1alpha1.ProvenanceClaimed
	gate.Comparison.OnMissingBaseline = v1alpha1.OnMissingBaselinePass
	return gate
}

func fullTagGate() v1alpha1.Gate {
	gate := builder.TagGate("bias_review", "passed", "tolerated")
	gate.Tag.Target = v1alpha1.TagTargetRun
	return gate
}

func fullApprovalGate() v1alpha1.Gate {
	gate := builder.ApprovalGate(2, "alice@example.com", "bob@example.com")
	gate.Approval.ExcludeRequester = new(true)
	return gate
}

func fullApproval() *v1alpha1.PromotionApproval {
	return builder.Approval("alice@example.com").
		Name("full").
		Reject("it leaks").
		EvidenceDigest("sha256:" + repeat("0", 64)).
		Build()
}

func fullPromotion() *v1alpha1.ModelPromotion {
	promotion := builder.Promotion("full").
		Version("7").
		ExpectedCurrentVersion("6").
		RequestedBy("alice@example.com").
		Gates(fullGates()...).
		Override("7", "f1 was computed on the wrong split, see INC-142", "accuracy", "required-soak-time").
		Build()
	promotion.Spec.Mode = v1alpha1.PromotionModeEnforce
	promotion.Spec.Suspend = new(false)
	return promotion
}

func versionPromotion() *v1alpha1.ModelPromotion {
	return builder.Promotion("version").FromModelVersion("sentiment-7").Build()
}

func fullVersion() *v1alpha1.ModelVersion {
	version := builder.ModelVersion("full").
		Run("3f2a91c0").
		Description("Trained on the news of April").
		Tag("trained_on", "news-2026-04").
		Metric("human_rating", "4.2").
		DeletionPolicy(v1alpha1.VersionDeletionPolicyArchive).
		Build()
	version.Spec.Source.ArtifactPath = "models/best"
	version.Spec.Suspend = new(false)
	return version
}

func loggedVersion() *v1alpha1.ModelVersion {
	return builder.ModelVersion("logged").LoggedModel("m-385c1f0a").Build()
}

func bucketVersion() *v1alpha1.ModelVersion {
	return builder.ModelVersion("bucket").URI("s3://models/sentiment").Build()
}

func adoptedVersion() *v1alpha1.ModelVersion {
	return builder.ModelVersion("adopted").AdoptVersion("7").Build()
}

func latestPromotion() *v1alpha1.ModelPromotion {
	return builder.Promotion("latest").FromLatest(map[string]v1alpha1.TagValue{"validated": "true"}).Build()
}

func stagePromotion() *v1alpha1.ModelPromotion {
	return builder.Promotion("stage").FromStage("staging").Build()
}

func aliasPromotion() *v1alpha1.ModelPromotion {
	return builder.Promotion("alias").FromAlias("Challenger.1").Build()
}
