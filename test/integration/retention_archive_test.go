// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"encoding/json"
	"strconv"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

var _ = Describe("A retention that archives", func() {
	It("archives what newer versions push out, and says on it why and when", func(ctx SpecContext) {
		e := newRetentionEnv(ctx, 3)
		e.createObject(ctx, newRetentionModel(builder.KeepLatest(2)))
		e.waitForVersionCounts(ctx, "3/1")
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		Expect(e.listVersionStages()).To(Equal("1:Archived 2 3"))
		var note struct {
			By, Reason, Time string
			KeepLatest       int
		}
		Expect(json.Unmarshal([]byte(e.mlflow.Version(modelName, "1").Tags[v1alpha1.ArchivedTag]), &note)).To(Succeed())
		Expect(note.By).To(Equal(e.ownerTag(modelName)))
		Expect(note.Reason).To(Equal("it is not among the newest 2, and nothing else keeps it"))
		Expect(note.KeepLatest).To(Equal(2))
		Expect(note.Time).To(MatchRegexp(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$`))

		By("registering another one")
		e.mlflow.ResetCalls()
		e.registerVersions(ctx, 1)
		e.pollNow()
		e.waitForVersionCounts(ctx, "4/2")
		Expect(e.listVersionStages()).To(Equal("1:Archived 2:Archived 3 4"))
		var writes []string
		for _, call := range e.mlflow.Writes() {
			writes = append(writes, call.Endpoint+" "+call.Args.String("version"))
		}
		Expect(writes).To(Equal([]string{"model-versions/set-tag 2", transitionStageEndpoint + " 2"}))
		e.waitForModelEvents(ctx, modelName, e.adoptedEvent(), archivedEventNote(2, "1"), archivedEventNote(2, "2"))
	})

	It("archives nothing unless it is asked to", func(ctx SpecContext) {
		e := newRetentionEnv(ctx, 5)
		e.createObject(ctx, newModelWithGates())
		m := waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		Expect(m.Status.Versions).To(BeNil())
		Expect(e.mlflow.CountCalls(searchVersionsEndpoint)).To(BeZero())
		Expect(e.listVersionStages()).To(Equal("1 2 3 4 5"))
	})

	It("leaves alone what something keeps, for as long as it does", func(ctx SpecContext) {
		e := newRetentionEnv(ctx, 6)
		Expect(e.user.SetAlias(ctx, modelName, "shadow", "1")).To(Succeed())
		e.setLegacyStage(ctx, "2", "Production")
		Expect(e.user.SetVersionTag(ctx, modelName, "3", "legal", "hold")).To(Succeed())
		e.setLegacyStage(ctx, "4", "Staging")
		e.createObject(ctx, newRetentionModel(builder.KeepLatest(1).KeepTagged("legal")))
		e.waitForVersionCounts(ctx, "6/2")
		Expect(e.listVersionStages()).To(Equal("1 2:Production 3 4:Archived 5:Archived 6"))

		By("taking the alias away, and the version out of Production")
		Expect(e.user.DeleteAlias(ctx, modelName, "shadow")).To(Succeed())
		e.pollNow()
		e.waitForVersionCounts(ctx, "6/3")
		e.setLegacyStage(ctx, "2", "None")
		e.pollNow()
		e.waitForVersionCounts(ctx, "6/4")
		Expect(e.listVersionStages()).To(Equal("1:Archived 2:Archived 3 4:Archived 5:Archived 6"))

		By("taking the tag away, which only a look at all versions shows")
		Expect(e.user.DeleteVersionTag(ctx, modelName, "3", "legal")).To(Succeed())
		requestReconcile(ctx, e.modelObject(modelName))
		e.waitForVersionCounts(ctx, "6/5")
	})

	It("keeps what promotions want, hold and held before", func(ctx SpecContext) {
		e := newPromotedEnv(ctx, newRetentionModel(builder.KeepLatest(1)), nil, nil, nil, nil)
		e.waitForVersionCounts(ctx, "4/2")
		Expect(e.listVersionStages()).To(Equal("1 2:Archived 3:Archived 4"))
		e.setVersion(ctx, toProduction, "4")
		e.waitForHistory(ctx, toProduction, "Promoted 4 after 1", "Promoted 1 after none")
		e.registerVersions(ctx, 1)
		e.pollNow()
		e.waitForVersionCounts(ctx, "5/2")
		Expect(e.listVersionStages()).To(Equal("1 2:Archived 3:Archived 4 5"))

		By("promoting the next one: the first is no longer the one to go back to")
		e.setVersion(ctx, toProduction, "5")
		e.waitForHistory(ctx, toProduction, "Promoted 5 after 4", "Promoted 4 after 1", "Promoted 1 after none")
		e.waitForVersionCounts(ctx, "5/3")
		Expect(e.listVersionStages()).To(Equal("1:Archived 2:Archived 3:Archived 4 5"))
	})

	It("keeps a candidate that is refused, until another one is wanted", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.registerModel(ctx, metrics{"accuracy": "0.1"}, nil, nil)
		e.createObject(ctx, builder.Promotion(toProduction).Version("1"))
		e.createObject(ctx, newGatedModel().Retention(builder.KeepLatest(1)))
		e.waitForVersionCounts(ctx, "3/1")
		Expect(e.listVersionStages()).To(Equal("1 2:Archived 3"))
		e.setVersion(ctx, toProduction, "3")
		e.waitForVersionCounts(ctx, "3/2")
		Expect(e.listVersionStages()).To(Equal("1:Archived 2:Archived 3"))
	})

	It("goes through two hundred versions, some at a time", func(ctx SpecContext) {
		e := newRetentionEnv(ctx, 200)
		for alias, version := range map[string]string{"champion": "7", "shadow": "88", "canary": "199"} {
			Expect(e.user.SetAlias(ctx, modelName, alias, version)).To(Succeed())
		}
		e.setLegacyStage(ctx, "50", "Production")
		for n := 150; n < 160; n++ {
			e.setLegacyStage(ctx, strconv.Itoa(n), "Archived")
		}
		largest, writes := 0, 0
		e.mlflow.OnWrite(func(call mlflowtest.Write) {
			if !call.ByUser && call.Endpoint == transitionStageEndpoint {
				writes++
				largest = max(largest, writes)
			}
		})
		e.mlflow.InjectFault(mlflowtest.CallsTo(searchVersionsEndpoint), mlflowtest.RunBefore(func(mlflowtest.Call) { writes = 0 }))
		e.createObject(ctx, newRetentionModel(builder.KeepLatest(10)))
		e.waitForVersionCounts(ctx, "200/187")
		for n := 1; n <= 200; n++ {
			want := "Archived"
			switch {
			case n == 50:
				want = "Production"
			case n == 7 || n == 88 || n > 190:
				want = "None"
			}
			Expect(e.mlflow.Version(modelName, strconv.Itoa(n)).CurrentStage).To(Equal(want), "version %d", n)
		}
		Expect(largest).To(Equal(20))
		Expect(e.mlflow.CountCalls(transitionStageEndpoint)).To(Equal(177))
		archived := func() (batches int) {
			for _, told := range e.listEvents(ctx, "RegisteredModel", modelName) {
				if strings.HasPrefix(told, "Normal VersionsArchived: ") {
					batches++
				}
			}
			return batches
		}
		Eventually(archived).WithContext(ctx).Should(Equal(9))
	})

	It("costs nothing once nothing is left to do, also after a restart", func(ctx SpecContext) {
		e := newPromotedEnv(ctx, newRetentionModel(builder.KeepLatest(2)), nil, nil, nil, nil, nil)
		e.waitForVersionCounts(ctx, "5/2")
		e.waitForStageSummary(ctx, "production=1")
		before := e.getModel(ctx).ResourceVersion
		e.mlflow.ResetCalls()
		for range 3 {
			e.pollNow()
		}
		restartOperator(controlPlane.Config)
		Eventually(func() bool { return provider.State(e.connectionKey()).Ready }).WithContext(ctx).Should(BeTrue())
		requestReconcile(ctx, e.promotionObject(toProduction))
		waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)
		Expect(e.mlflow.CountCalls(searchVersionsEndpoint)).To(BeZero())
		e.expectNoWrites()
		Expect(e.getModel(ctx).ResourceVersion).To(Equal(before))
	})
})
