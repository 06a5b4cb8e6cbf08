// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package retention

import (
	"encoding/json"
	"strconv"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"

	"github.com/neuronews/mlflow-registry-operator/test/integration/env"
)

var _ = Describe("A retention that archives", func() {
	It("archives versions that are not among the newest, with a tag that says why and when", func(ctx SpecContext) {
		e := newRetentionEnv(ctx, 3)
		e.CreateObject(ctx, newRetentionModel(builder.KeepLatest(2)))
		waitForVersionCounts(ctx, e, "3/1")
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		Expect(listVersionStages(e)).To(Equal("1:Archived 2 3"))
		var note struct {
			By, Reason, Time string
			KeepLatest       int
		}
		Expect(json.Unmarshal([]byte(e.MLflow.Version(env.ModelName, "1").Tags[v1alpha1.ArchivedTag]), &note)).To(Succeed())
		Expect(note.By).To(Equal(e.OwnerTag(env.ModelName)))
		Expect(note.Reason).To(Equal("it is not among the newest 2, and nothing else keeps it"))
		Expect(note.KeepLatest).To(Equal(2))
		Expect(note.Time).To(MatchRegexp(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$`))

		By("registering another one")
		e.MLflow.ResetCalls()
		registerVersions(ctx, e, 1)
		e.PollNow()
		waitForVersionCounts(ctx, e, "4/2")
		Expect(listVersionStages(e)).To(Equal("1:Archived 2:Archived 3 4"))
		var writes []string
		for _, call := range e.MLflow.Writes() {
			writes = append(writes, call.Endpoint+" "+call.Args.String("version"))
		}
		Expect(writes).To(Equal([]string{"model-versions/set-tag 2", env.TransitionStageEndpoint + " 2"}))
		e.WaitForModelEvents(ctx, env.ModelName, e.AdoptedEvent(), archivedEventNote(2, "1"), archivedEventNote(2, "2"))
	})

	It("archives nothing by default", func(ctx SpecContext) {
		e := newRetentionEnv(ctx, 5)
		e.CreateObject(ctx, env.NewModelWithGates())
		m := e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		Expect(m.Status.Versions).To(BeNil())
		Expect(e.MLflow.CountCalls(env.SearchVersionsEndpoint)).To(BeZero())
		Expect(listVersionStages(e)).To(Equal("1 2 3 4 5"))
	})

	It("keeps protected versions while they are protected", func(ctx SpecContext) {
		e := newRetentionEnv(ctx, 6)
		Expect(e.User.SetAlias(ctx, env.ModelName, "shadow", "1")).To(Succeed())
		setLegacyStage(ctx, e, "2", "Production")
		Expect(e.User.SetVersionTag(ctx, env.ModelName, "3", "legal", "hold")).To(Succeed())
		setLegacyStage(ctx, e, "4", "Staging")
		e.CreateObject(ctx, newRetentionModel(builder.KeepLatest(1).KeepTagged("legal")))
		waitForVersionCounts(ctx, e, "6/2")
		Expect(listVersionStages(e)).To(Equal("1 2:Production 3 4:Archived 5:Archived 6"))

		By("deleting the alias, and setting another legacy stage")
		Expect(e.User.DeleteAlias(ctx, env.ModelName, "shadow")).To(Succeed())
		e.PollNow()
		waitForVersionCounts(ctx, e, "6/3")
		setLegacyStage(ctx, e, "2", "None")
		e.PollNow()
		waitForVersionCounts(ctx, e, "6/4")
		Expect(listVersionStages(e)).To(Equal("1:Archived 2:Archived 3 4:Archived 5:Archived 6"))

		By("deleting the tag, which only a list of all versions shows")
		Expect(e.User.DeleteVersionTag(ctx, env.ModelName, "3", "legal")).To(Succeed())
		env.RequestReconcile(ctx, e.ModelObject(env.ModelName))
		waitForVersionCounts(ctx, e, "6/5")
	})

	It("keeps the candidates, current versions and previous versions of promotions", func(ctx SpecContext) {
		e := env.NewPromoted(ctx, newRetentionModel(builder.KeepLatest(1)), nil, nil, nil, nil)
		waitForVersionCounts(ctx, e, "4/2")
		Expect(listVersionStages(e)).To(Equal("1 2:Archived 3:Archived 4"))
		e.SetVersion(ctx, env.ToProduction, "4")
		e.WaitForHistory(ctx, env.ToProduction, "Promoted 4 after 1", "Promoted 1 after none")
		registerVersions(ctx, e, 1)
		e.PollNow()
		waitForVersionCounts(ctx, e, "5/2")
		Expect(listVersionStages(e)).To(Equal("1 2:Archived 3:Archived 4 5"))

		By("promoting the next one: the first is no longer the rollback target")
		e.SetVersion(ctx, env.ToProduction, "5")
		e.WaitForHistory(ctx, env.ToProduction, "Promoted 5 after 4", "Promoted 4 after 1", "Promoted 1 after none")
		waitForVersionCounts(ctx, e, "5/3")
		Expect(listVersionStages(e)).To(Equal("1:Archived 2:Archived 3:Archived 4 5"))
	})

	It("keeps a blocked candidate until the promotion names another one", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.RegisterModel(ctx, env.Metrics{"accuracy": "0.1"}, nil, nil)
		e.CreateObject(ctx, builder.Promotion(env.ToProduction).Version("1"))
		e.CreateObject(ctx, env.NewGatedModel().Retention(builder.KeepLatest(1)))
		waitForVersionCounts(ctx, e, "3/1")
		Expect(listVersionStages(e)).To(Equal("1 2:Archived 3"))
		e.SetVersion(ctx, env.ToProduction, "3")
		waitForVersionCounts(ctx, e, "3/2")
		Expect(listVersionStages(e)).To(Equal("1:Archived 2:Archived 3"))
	})

	It("archives two hundred versions in batches", func(ctx SpecContext) {
		e := newRetentionEnv(ctx, 200)
		for alias, version := range map[string]string{"champion": "7", "shadow": "88", "canary": "199"} {
			Expect(e.User.SetAlias(ctx, env.ModelName, alias, version)).To(Succeed())
		}
		setLegacyStage(ctx, e, "50", "Production")
		for n := 150; n < 160; n++ {
			setLegacyStage(ctx, e, strconv.Itoa(n), "Archived")
		}
		largest, writes := 0, 0
		e.MLflow.OnWrite(func(call mlflowtest.Write) {
			if !call.ByUser && call.Endpoint == env.TransitionStageEndpoint {
				writes++
				largest = max(largest, writes)
			}
		})
		e.MLflow.InjectFault(mlflowtest.CallsTo(env.SearchVersionsEndpoint), mlflowtest.RunBefore(func(mlflowtest.Call) { writes = 0 }))
		e.CreateObject(ctx, newRetentionModel(builder.KeepLatest(10)))
		waitForVersionCounts(ctx, e, "200/187")
		for n := 1; n <= 200; n++ {
			want := "Archived"
			switch {
			case n == 50:
				want = "Production"
			case n == 7 || n == 88 || n > 190:
				want = "None"
			}
			Expect(e.MLflow.Version(env.ModelName, strconv.Itoa(n)).CurrentStage).To(Equal(want), "version %d", n)
		}
		Expect(largest).To(Equal(20))
		Expect(e.MLflow.CountCalls(env.TransitionStageEndpoint)).To(Equal(177))
		archived := func() (batches int) {
			for _, event := range e.ListEvents(ctx, "RegisteredModel", env.ModelName) {
				if strings.HasPrefix(event, "Normal VersionsArchived: ") {
					batches++
				}
			}
			return batches
		}
		Eventually(archived).WithContext(ctx).Should(Equal(9))
	})

	It("causes no requests after it is done, even after a restart", func(ctx SpecContext) {
		e := env.NewPromoted(ctx, newRetentionModel(builder.KeepLatest(2)), nil, nil, nil, nil, nil)
		waitForVersionCounts(ctx, e, "5/2")
		e.WaitForStageSummary(ctx, "production=1")
		before := e.GetModel(ctx).ResourceVersion
		e.MLflow.ResetCalls()
		for range 3 {
			e.PollNow()
		}
		env.RestartOperator(env.ControlPlane.Config)
		Eventually(func() bool { return env.Provider.State(e.ConnectionKey()).Ready }).WithContext(ctx).Should(BeTrue())
		env.RequestReconcile(ctx, e.PromotionObject(env.ToProduction))
		e.WaitForPromotion(ctx, env.Expectation{Version: "1"}.PromotedConditions()...)
		Expect(e.MLflow.CountCalls(env.SearchVersionsEndpoint)).To(BeZero())
		e.ExpectNoWrites()
		Expect(e.GetModel(ctx).ResourceVersion).To(Equal(before))
	})
})
