-- AlterTable
ALTER TABLE "Acknowledgement" ADD COLUMN     "members" JSONB;

-- AlterTable
ALTER TABLE "Alert" ADD COLUMN     "heldBy" TEXT,
ADD COLUMN     "hostIds" JSONB,
ADD COLUMN     "members" JSONB,
ADD COLUMN     "mutedBy" TEXT,
ADD COLUMN     "mutedUntil" TIMESTAMP(3);

-- CreateTable
CREATE TABLE "MaintenanceWindow" (
    "id" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "subjects" JSONB NOT NULL,
    "timing" JSONB NOT NULL,
    "endsAt" TIMESTAMP(3),
    "by" TEXT NOT NULL,
    "byId" TEXT NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "MaintenanceWindow_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "MaintenanceWindow_endsAt_idx" ON "MaintenanceWindow"("endsAt");
