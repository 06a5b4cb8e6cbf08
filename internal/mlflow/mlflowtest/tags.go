// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

func setModelTag(q *request) (any, error) {
	found, err := q.findModel()
	if err != nil {
		return nil, err
	}
	return emptyBody{}, q.setTag(found.tags)
}

func deleteModelTag(q *request) (any, error) {
	found, err := q.findModel()
	if err != nil {
		return nil, err
	}
	return emptyBody{}, q.deleteTag(found.tags)
}

func setVersionTag(q *request) (any, error) {
	found, err := q.findVersion()
	if err != nil {
		return nil, err
	}
	return emptyBody{}, q.setTag(found.tags)
}

func deleteVersionTag(q *request) (any, error) {
	found, err := q.findVersion()
	if err != nil {
		return nil, err
	}
	return emptyBody{}, q.deleteTag(found.tags)
}

// setTag changes no timestamp; a tag without a value is an empty one.
func (q *request) setTag(tags map[string]string) error {
	key, value := q.getText("key"), q.getText("value")
	if err := q.rules.checkTags(map[string]string{key: value}); err != nil {
		return err
	}
	tags[key] = value
	return nil
}

// deleteTag is content when there is none.
func (q *request) deleteTag(tags map[string]string) error {
	if err := checkTagKey(q.getText("key")); err != nil {
		return err
	}
	delete(tags, q.getText("key"))
	return nil
}
